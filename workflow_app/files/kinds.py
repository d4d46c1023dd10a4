"""What kind a file is, by its content; its name must agree. Everything not named here is refused.

Each check looks at the structure of the whole file, not at its first bytes alone: a picture that is
also an archive, or an archive with something before or behind it, is no picture and no document.
"""

import mmap
from dataclasses import dataclass
from pathlib import Path

from workflow_app.errors import FileRefused
from workflow_app.files import names, office, pdf
from workflow_app.files.media import CHECKS
from workflow_app.files.refused import Data
from workflow_app.files.text import is_text

_OFFICE = "application/vnd.openxmlformats-officedocument."


@dataclass(frozen=True, slots=True)
class Kind:
    """``inline``: browsers may show it themselves, in a sandbox; anything else is only downloaded."""

    key: str
    zh: str
    en: str
    mime: str
    extensions: tuple[str, ...]
    inline: bool = False


KINDS = {
    kind.key: kind
    for kind in (
        Kind("pdf", "PDF", "PDF", "application/pdf", (".pdf",), True),
        Kind("docx", "Word 文档", "Word", _OFFICE + "wordprocessingml.document", (".docx",)),
        Kind("xlsx", "Excel 表格", "Excel", _OFFICE + "spreadsheetml.sheet", (".xlsx",)),
        Kind("pptx", "PPT 演示", "PowerPoint", _OFFICE + "presentationml.presentation", (".pptx",)),
        Kind("jpg", "图片", "Picture", "image/jpeg", (".jpg", ".jpeg", ".jfif", ".jpe"), True),
        Kind("png", "图片", "Picture", "image/png", (".png",), True),
        Kind("gif", "图片", "Picture", "image/gif", (".gif",), True),
        Kind("webp", "图片", "Picture", "image/webp", (".webp",), True),
        Kind("heic", "图片", "Picture", "image/heic", (".heic", ".heif")),
        Kind("mp4", "视频", "Video", "video/mp4", (".mp4", ".m4v")),
        Kind("mp3", "录音", "Sound", "audio/mpeg", (".mp3",)),
        Kind("txt", "文本", "Text", "text/plain", (".txt",)),
        Kind("csv", "表格文本", "CSV", "text/csv", (".csv",)),
    )
}
ACCEPTED = tuple(ending for kind in KINDS.values() for ending in kind.extensions)


def recognise(path: Path, name: str) -> tuple[Kind, str]:
    """The kind of the file at ``path`` and ``name``, with the kind's extension if it had none.

    Raises:
        FileRefused: empty, of another kind, broken, dangerous, or not what its name says.
    """
    with path.open("rb") as file:
        if not path.stat().st_size:
            raise FileRefused("file_empty", "文件是空的。", "The file is empty.")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            key = _key(data, name)
    kind, ending = KINDS[key], names.extension(name)
    if ending and ending not in kind.extensions:
        raise FileRefused(
            "file_name",
            f"文件名的后缀是 {ending}，内容却是{kind.zh}（{kind.extensions[0]}），两者对不上，没有收。",
            f"The name says {ending}, the content is {kind.en} ({kind.extensions[0]}).",
        )
    if key == "pdf":
        pdf.look_into(path)
    return kind, name if ending else names.shortened(name, kind.extensions[0])


def _key(data: Data, name: str) -> str:
    for begins, key, check in CHECKS:
        if begins(data):
            check(data)
            _no_archive_behind(data)
            return key
    if data[:4] == b"PK\x03\x04":
        return office.check(data)
    if is_text(data):
        return "csv" if names.extension(name) == ".csv" else "txt"
    raise _not_accepted(data)


def _no_archive_behind(data: Data) -> None:
    if data.rfind(b"PK\x05\x06", max(0, len(data) - 70_000)) >= 0:
        raise FileRefused(
            "file_polyglot", "文件里还藏着一个压缩包，没有收。", "There is an archive hidden in the file."
        )


# --- what is not accepted, by its name ---------------------------------------------------------

_ADVICE = (
    ((b"\xd0\xcf\x11\xe0",), "旧版或加密的 Office、WPS 文件不收，请去掉密码，存为 docx、xlsx、pptx 或 PDF"),
    ((b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"PK"), "压缩包不收，请解压后逐个上传"),
    ((b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"#!"), "程序不收"),
    ((b"{\\rtf",), "RTF 文件不收，请另存为 .docx 再传"),
)  # fmt: skip
_LIST = "可以传 PDF、Word（docx）、Excel（xlsx）、PPT（pptx）、图片、MP4、MP3、TXT、CSV"


def _not_accepted(data: Data) -> FileRefused:
    like = _looks_like(data)
    en = f"This kind of file is not accepted{f' (it looks like {like})' if like else ''}."
    for beginnings, advice in _ADVICE:
        if data[:8].startswith(beginnings):
            return FileRefused("file_kind", f"{advice}。", en)
    return FileRefused("file_kind", f"不收这种文件{f'（看起来是 {like}）' if like else ''}。{_LIST}。", en)


def _looks_like(data: Data) -> str:
    """An extension the file would have, for the sentence; "" when nobody knows."""
    import puremagic

    try:
        return str(puremagic.from_string(bytes(data[:4096])))
    except (puremagic.PureError, ValueError):
        return ""
