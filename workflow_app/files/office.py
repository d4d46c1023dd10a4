"""Word, Excel and PowerPoint files: archives of XML parts, looked through before they are accepted.

Every part is unpacked once, in small pieces and with a limit, and thrown away: sizes are counted,
not believed. Nothing is written anywhere.
"""

import mmap
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from io import BytesIO
from posixpath import normpath
from xml.parsers import expat

from workflow_app.errors import FileRefused
from workflow_app.files.refused import broken

Data = mmap.mmap | bytes
MOST_PARTS = 5_000
MOST_UNPACKED = 200 * 1024 * 1024
MOST_RATIO = 100
#: Parts that are kept for a closer look may be so long.
MOST_KEPT = 4 * 1024 * 1024
MOST_EMBEDDED = 20 * 1024 * 1024
_PIECE = 1 << 16
_MAIN = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml": "pptx",
}
_MACROS = re.compile(
    r"macroenabled|vbaproject|vbadata|ms-office\.vba|macrosheet|intlmacrosheet", re.IGNORECASE
)
_ACTIVE = re.compile(r"activex", re.IGNORECASE)
_MACRO_PARTS = re.compile(r"(?i)(^|/)(vbaproject\.bin|vbadata\.xml)$|(^|/)(macrosheets|dialogsheets)/")
_PROGRAMS = re.compile(
    r"(?i)\.(exe|dll|com|bat|cmd|js|jse|vbs|vbe|wsf|wsh|ps1|hta|scr|msi|jar|lnk|html?|svgz|chm|reg|sh|py|php"
    r"|docm|dotm|xlsm|xltm|xlam|xlsb|pptm|potm|ppsm|ppam|sldm|doc|xls|ppt)$"
)
#: Beyond this computer; the drive letter of whoever wrote the document is none of ours.
_OUTSIDE = re.compile(r"(?i)(?!file:///[a-z]:)[a-z]{2,}:|\\\\|//")
#: Links of these kinds fetch what they point to when the file is opened.
_FETCHED = ("attachedTemplate", "oleObject", "frame", "subDocument", "aFChunk", "package", "control")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: Names in the directory of an embedded object: macros, and files of any kind packed into it.
_OLE_MACROS = tuple(name.encode("utf-16-le") for name in ("_VBA_PROJECT", "VBA_PROJECT_CUR", "Macros"))
_OLE_PACKAGE = "Ole10Native".encode("utf-16-le")


def check(data: Data, depth: int = 0) -> str:
    """``docx``, ``xlsx`` or ``pptx``.

    Raises:
        FileRefused: another archive, broken, encrypted, a bomb, with macros or other active parts.
    """
    archive = _open(data)
    infos = archive.infolist()
    _sizes(infos, len(data))
    _names(infos)
    _layout(data, infos, archive.start_dir)
    kept = {info.filename: _part(data, info, depth) for info in infos if not info.is_dir()}
    return _kind(kept)


def _open(data: Data) -> zipfile.ZipFile:
    if bytes(data[-22:-18]) != b"PK\x05\x06" or data[-2:] != b"\0\0":
        raise _polyglot()
    try:
        # The directory at the end is all that is read through this; mmap reads like a file.
        return zipfile.ZipFile(BytesIO(data) if isinstance(data, bytes) else data)  # type: ignore[arg-type]
    except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeDecodeError, OverflowError) as error:
        raise broken("不是完整的 Office 文件", "the archive cannot be read") from error


def _polyglot() -> FileRefused:
    return FileRefused(
        "file_polyglot", "文件前后接着别的内容，没有收。请用 Office 或 WPS 另存一份再传。",
        "Something else stands before, between or behind the parts of this file.",
    )  # fmt: skip


def _bomb() -> FileRefused:
    return FileRefused(
        "file_bomb",
        "文件解开后大得异常，像是压缩炸弹，没有收。",
        "Unpacked, it would be abnormally large.",
    )


def _macros() -> FileRefused:
    return FileRefused(
        "file_macros", "文件里带有宏，没有收。请另存为不带宏的 .docx、.xlsx 或 .pptx 再传。",
        "The file contains macros.",
    )  # fmt: skip


def _active(zh: str, en: str) -> FileRefused:
    return FileRefused("file_active", f"文件里{zh}，没有收。请删去后另存一份再传。", f"The file {en}.")


# --- the archive -------------------------------------------------------------------------------


def _sizes(infos: Sequence[zipfile.ZipInfo], size: int) -> None:
    total = sum(info.file_size for info in infos)
    if len(infos) > MOST_PARTS or total > MOST_UNPACKED or total > MOST_RATIO * size + (1 << 20):
        raise _bomb()
    if any(info.flag_bits & 0x41 for info in infos):
        raise FileRefused("file_encrypted", "文件加了密，请去掉密码再传。", "The file is encrypted.")
    if any(info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for info in infos):
        raise broken("压缩方式不是 Office 用的", "an unusual compression")


def _names(infos: Sequence[zipfile.ZipInfo]) -> None:
    seen = set()
    for info in infos:
        name = info.orig_filename
        tricky = name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/")
        if tricky or not name.isprintable() or name.casefold() in seen:
            raise broken("里面的部件名字不正常", "a part has an odd name")
        seen.add(name.casefold())
        if _MACRO_PARTS.search(name):
            raise _macros()
        if _PROGRAMS.search(name):
            raise _active("夹带了程序、网页或带宏的文件", "carries programs, pages or files with macros")


def _layout(data: Data, infos: Sequence[zipfile.ZipInfo], directory: int) -> None:
    """Parts stand one after the other from the first byte on, each under its name in the directory."""
    at = 0
    for number, info in enumerate(sorted(infos, key=lambda one: one.header_offset)):
        start = _start(data, info)
        if info.header_offset < at or (number == 0 and info.header_offset):
            raise _polyglot()
        at = start + info.compress_size
    if at > directory:
        raise _polyglot()


def _start(data: Data, info: zipfile.ZipInfo) -> int:
    """Where the bytes of a part begin, behind the part's own header."""
    head = bytes(data[info.header_offset : info.header_offset + 30])
    if len(head) < 30 or head[:4] != b"PK\x03\x04":
        raise broken("里面的部件缺少开头", "a part has no header")
    length = int.from_bytes(head[26:28], "little")
    name = bytes(data[info.header_offset + 30 : info.header_offset + 30 + length])
    if name != info.orig_filename.encode("utf-8" if info.flag_bits & 0x800 else "cp437", "replace"):
        raise _polyglot()
    return info.header_offset + 30 + length + int.from_bytes(head[28:30], "little")


def _unpacked(data: Data, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """The bytes of a part in pieces; refuses more or fewer than the directory says."""
    start, total, crc = _start(data, info), 0, 0
    end = start + info.compress_size
    for piece in _inflated(data, start, end) if info.compress_type else _stored(data, start, end):
        total += len(piece)
        if total > info.file_size:
            raise _bomb()
        crc = zlib.crc32(piece, crc)
        yield piece
    if total != info.file_size or crc != info.CRC:
        raise broken("里面的部件损坏", "a part is damaged")


def _stored(data: Data, start: int, end: int) -> Iterator[bytes]:
    for at in range(start, end, _PIECE):
        yield bytes(data[at : min(at + _PIECE, end)])


def _inflated(data: Data, start: int, end: int) -> Iterator[bytes]:
    stream = zlib.decompressobj(-15)
    try:
        for piece in _stored(data, start, end):
            while piece:
                if stream.eof:
                    raise _polyglot()
                yield stream.decompress(piece, _PIECE)
                piece = stream.unconsumed_tail or stream.unused_data
        yield stream.flush()
    except zlib.error as error:
        raise broken("里面的部件损坏", "a part is damaged") from error
    if not stream.eof:
        raise broken("里面的部件不完整", "a part is cut off")


# --- the parts ---------------------------------------------------------------------------------


def _part(data: Data, info: zipfile.ZipInfo, depth: int) -> bytes:
    """Look through one part; returns its bytes where they are needed again, else b""."""
    name = info.filename.lower()
    needed = name == "[content_types].xml" or name.endswith(".rels")
    is_xml = needed or name.endswith((".xml", ".vml", ".svg"))
    whole, kept, before, head = None, bytearray(), b"", b""
    for piece in _unpacked(data, info):
        if not head and piece:
            head, whole = piece[:8], _kept_for(piece, needed)
        if is_xml and _declares(before + piece):
            raise _active("的 XML 带有外部定义", "declares entities in its XML")
        before = piece[-32:]
        if whole:
            kept += piece
            if len(kept) > whole:
                raise _bomb()
    _embedded(bytes(kept), head, depth)
    return bytes(kept) if needed else b""


def _kept_for(piece: bytes, needed: bool) -> int | None:
    """How many bytes of the part to keep for a closer look: none for most."""
    if needed:
        return MOST_KEPT
    return MOST_EMBEDDED if piece.startswith((b"PK\x03\x04", _OLE)) else None


def _declares(piece: bytes) -> bool:
    plain = piece.replace(b"\0", b"")
    return b"<!DOCTYPE" in plain or b"<!ENTITY" in plain


def _embedded(part: bytes, head: bytes, depth: int) -> None:
    """What was put into the document: another document (looked through in turn), an object."""
    if head.startswith((b"MZ", b"\x7fELF")):
        raise _active("夹带了程序", "carries a program")
    if head.startswith(b"PK\x03\x04"):
        if depth:
            raise _bomb()
        check(part, depth + 1)
    elif head.startswith(_OLE):
        if any(name in part for name in _OLE_MACROS):
            raise _macros()
        if _OLE_PACKAGE in part:
            raise _active("嵌入了其他文件", "has other files packed into it")


def _kind(parts: dict[str, bytes]) -> str:
    types = _elements(parts.get("[Content_Types].xml"))
    said = [one.get("ContentType", "") for _tag, one in types]
    if any(map(_MACROS.search, said)):
        raise _macros()
    if any(map(_ACTIVE.search, said)):
        raise _active("带有控件", "contains ActiveX controls")
    overrides = {
        one.get("PartName", ""): one.get("ContentType", "") for tag, one in types if tag == "Override"
    }
    mains = []
    for name, body in parts.items():
        if name.lower().endswith(".rels"):
            for _tag, link in _elements(body):
                _link(link)
                if name == "_rels/.rels" and link.get("Type", "").endswith("/officeDocument"):
                    mains.append(normpath("/" + link.get("Target", "").lstrip("/")))
    found = {_MAIN.get(overrides.get(main, "")) for main in mains}
    kind = found.pop() if len(found) == 1 else None
    if kind is None:
        raise FileRefused(
            "file_kind", "压缩包不收，请解压后逐个上传；Office 文件请存为 .docx、.xlsx 或 .pptx。",
            "An archive, or an Office file that is neither .docx nor .xlsx nor .pptx.",
        )  # fmt: skip
    return kind


def _link(link: dict[str, str]) -> None:
    kind = link.get("Type", "").rsplit("/", 1)[-1]
    if _MACROS.search(kind):
        raise _macros()
    outside = link.get("TargetMode") == "External" and _OUTSIDE.match(link.get("Target", "").strip())
    if outside and kind in _FETCHED:
        raise _active("有打开时会去取外部内容的链接", "fetches something from outside when it is opened")


def _elements(body: bytes | None) -> list[tuple[str, dict[str, str]]]:
    """(local name, attributes) of every element; no definitions, no entities, plain UTF-8."""
    if body is None:
        return []
    found: list[tuple[str, dict[str, str]]] = []
    parser = expat.ParserCreate("utf-8", namespace_separator="}")
    parser.StartElementHandler = lambda name, given: found.append((name.rsplit("}", 1)[-1], given))
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise broken("里面的 XML 读不懂", "its XML cannot be read") from error
    return found
