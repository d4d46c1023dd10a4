"""What of a Word file is left out, or taken as if somebody had agreed to it: each is named."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

#: How many texts of one kind are quoted, and how many characters of each.
MOST_QUOTED, LONGEST_QUOTED = 8, 40

#: Kind -> (Chinese, English); ``{n}`` is how many.
_SENTENCES: dict[str, tuple[str, str]] = {
    "word_art": ("艺术字（如水印）{n} 处没有导入", "{n} pieces of word art, such as watermarks, left out"),
    "chart": ("图表 {n} 个没有导入", "{n} charts were left out"),
    "object": ("嵌入的对象 {n} 个没有导入", "{n} embedded objects were left out"),
    "hidden": ("隐藏文字 {n} 处没有导入", "{n} hidden texts were left out"),
    "ruby": ("注音（拼音）{n} 处没有导入，被注音的字已导入", "{n} phonetic guides left out"),
    "deleted": (
        "修订中删去的文字 {n} 处，按同意删去处理，没有导入",
        "{n} tracked deletions were taken as agreed and left out",
    ),
    "inserted": (
        "修订中新加的文字 {n} 处，按同意加入处理，已导入",
        "{n} tracked insertions were taken as agreed and taken in",
    ),
    "comment": ("批注 {n} 条没有导入", "{n} comments were left out"),
    "equation": ("公式 {n} 个改写成一行文字，请核对", "{n} equations were written in one line; check them"),
    "contents": ("目录 {n} 行没有放进各部分", "{n} lines of a table of contents were not placed"),
    "sheet": ("审批单没有导入", "The approval sheet was left out"),
    "signature": ("落款 {n} 行没有导入", "{n} lines of the signature were left out"),
    "attachments": ("附件清单 {n} 行没有导入", "{n} lines of the attachment list were left out"),
    "mark": ("页眉上的说明没有导入", "The note in the page header was left out"),
    "unfilled": ("「（未填写）」{n} 处按空白处理", "{n} marks of empty sections taken as empty"),
}


@dataclass(frozen=True, slots=True)
class Notice:
    """``count`` times the same thing; ``texts`` quotes the first of them."""

    kind: str
    count: int
    texts: tuple[str, ...] = ()

    def say(self, lang: str = "zh") -> str:
        zh = lang == "zh"
        said = _SENTENCES[self.kind][0 if zh else 1].format(n=self.count)
        more = self.count > len(self.texts)
        if zh:
            quoted = "".join(f"「{text}」" for text in self.texts)
            return f"{said}：{quoted}{'等' if more else ''}。" if quoted else f"{said}。"
        quoted = ", ".join(f"“{text}”" for text in self.texts)
        return f"{said}: {quoted}{' …' if more else '.'}" if quoted else f"{said}."

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Notice":
        return cls(kept["kind"], kept["count"], tuple(kept["texts"]))


@dataclass(slots=True)
class Notices:
    """Notices while a file is read."""

    _found: dict[str, list[str]] = field(default_factory=dict)

    def add(self, kind: str, text: str = "") -> None:
        assert kind in _SENTENCES
        self._found.setdefault(kind, []).append(" ".join(text.split()))

    def all(self) -> tuple[Notice, ...]:
        return tuple(Notice(kind, len(said), _quoted(said)) for kind, said in self._found.items())


def _quoted(texts: Iterable[str]) -> tuple[str, ...]:
    shown = [text if len(text) <= LONGEST_QUOTED else text[:LONGEST_QUOTED] + "…" for text in texts if text]
    return tuple(dict.fromkeys(shown))[:MOST_QUOTED]
