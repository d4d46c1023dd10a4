"""How a document marks its headings: looked at as a whole before its lines are placed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from workflow_app.word_import.headings import Match, Sections, counted, is_bullet, like_a_heading, numbered
from workflow_app.word_reading.blocks import Block, Paragraph

#: Ranks of headings without a number: the highest there is, or below all that have one.
PLAIN, LOWEST = 0.5, 6.0
#: A heading of one of these ranks is no entry of a list.
SURE = 1.5


@dataclass(frozen=True, slots=True)
class Open:
    """The section being filled; ``match`` None: a heading nobody knows."""

    match: Match | None = None
    rank: float = LOWEST + 1
    style: int = 99


@dataclass(frozen=True, slots=True)
class Outline:
    """``marked``: headings have numbers or styles, so a line without them is none of the highest rank.
    ``top``: the highest rank of a heading. ``bold``, ``plain``: headings without numbers are told by bold
    letters, or by context alone.
    """

    marked: bool = False
    top: float = LOWEST
    bold: bool = False
    plain: bool = False

    @property
    def unmarked_rank(self) -> float:
        return LOWEST if self.marked else PLAIN


def outline(sections: Sections, blocks: Sequence[Block]) -> Outline:
    """What marks a heading in this text: the ranks and section titles found, in one pass over the blocks."""
    known: dict[float, set[str]] = {}
    seen: set[float] = set()
    plain: list[bool] = []
    for paragraph, line in _without_title(list(_lines(blocks))):
        if is_bullet(line):
            continue
        rank, number = numbered(line)
        rest = line[len(number) :]
        exact = sections.exact(rest) if like_a_heading(rest) else None
        begins = sections.beginning(rest) if exact is None else None
        if rank is None and not paragraph.level:
            plain += [paragraph.strong] if exact else []
            continue
        place = rank if rank is not None else (paragraph.level or 1) - PLAIN
        if like_a_heading(rest) or begins:
            seen.add(place)
        if exact or begins:
            known.setdefault(place, set()).add((exact or begins[1]).fields[0].key)  # type: ignore[index]
    marked = _marked(known, seen, len(plain))
    top = min(known or seen, default=LOWEST) if marked else PLAIN
    return Outline(marked, top, bold=bool(plain) and all(plain), plain=len(plain) > 1)


def _marked(known: dict[float, set[str]], seen: set[float], plain: int) -> bool:
    """Whether headings have numbers or styles: those we know do, or there is none we know without."""
    if any(place <= SURE for place in known):
        return True
    return any(len(keys) >= max(plain, 2) for keys in known.values()) or (not plain and bool(seen))


def _without_title(lines: list[tuple[Paragraph, str]]) -> list[tuple[Paragraph, str]]:
    """The lines but a first one in a style of headings no other one has: the title."""
    levels = [paragraph.level for paragraph, _line in lines]
    alone = bool(lines) and levels[0] is not None and levels.count(levels[0]) == 1
    return lines[1:] if alone and numbered(lines[0][1])[0] is None else lines


def _lines(blocks: Iterable[Block]) -> Iterator[tuple[Paragraph, str]]:
    for block in blocks:
        if isinstance(block, Paragraph) and block.source in ("body", "box"):
            for line in block.words.split("\n"):
                yield block, line


@dataclass(slots=True)
class Counting:
    """The numbers of headings that have opened sections, and of lists inside these.

    A list inside a section may be numbered as the headings are; its numbers begin anew.
    """

    _headings: dict[float, int] = field(default_factory=dict)
    _lists: dict[float, int] = field(default_factory=dict)

    def opened(self, rank: float, count: int) -> None:
        self._headings = {at: last for at, last in self._headings.items() if at < rank} | {rank: count}
        self._lists = {}

    def goes_on(self, rank: float, number: str) -> bool:
        """Whether a number goes on with those of the headings, and not with those of a list."""
        count = counted(number)
        if rank not in self._headings or not count:
            return False
        in_list = rank in self._lists
        if (in_list and count == self._lists[rank] + 1) or count == 1:
            self._lists[rank] = count
            return False
        return self._headings[rank] < count <= self._headings[rank] + (1 if in_list else 2)
