"""Word, Excel and PowerPoint files: what must not be in them. Both attachments and the import ask here.

``judged`` looks at the table of contents, ``look_through`` at every byte; ``no_macros`` and
``declares_entities`` are for those who read single parts themselves.
"""

import re
from collections.abc import Iterable
from posixpath import normpath
from xml.parsers import expat
from zipfile import ZipInfo

from workflow_app.errors import FileRefused
from workflow_app.files.archives import Archive, Fault, Limits, Untrusted
from workflow_app.files.refused import Data, broken

LIMITS = Limits(parts=5_000, unpacked=200 * 1024 * 1024, growth=100, exact=True)
#: Parts that are kept for a closer look may be so long.
MOST_KEPT = 4 * 1024 * 1024
MOST_EMBEDDED = 20 * 1024 * 1024
_MAIN = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml": "pptx",
}
_MACROS = re.compile(
    r"macroenabled|vbaproject|vbadata|ms-office\.vba|macrosheet|intlmacrosheet", re.IGNORECASE
)
_CONTROLS = re.compile(r"activex", re.IGNORECASE)
_MACRO_PARTS = re.compile(r"(?i)(^|/)(vbaproject\.bin|vbadata\.xml)$|(^|/)(macrosheets|dialogsheets)/")
_PROGRAMS = re.compile(
    r"(?i)\.(exe|dll|com|bat|cmd|js|jse|vbs|vbe|wsf|wsh|ps1|hta|scr|msi|jar|lnk|html?|svgz|chm|reg|sh|py|php"
    r"|docm|dotm|xlsm|xltm|xlam|xlsb|pptm|potm|ppsm|ppam|sldm|doc|xls|ppt)$"
)
_ENTITIES = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
#: Beyond this computer; the drive letter of whoever wrote the document is none of ours.
_OUTSIDE = re.compile(r"(?i)(?!file:///[a-z]:)[a-z]{2,}:|\\\\|//")
#: Links of these kinds fetch what they point to when the file is opened.
_FETCHED = ("attachedTemplate", "oleObject", "frame", "subDocument", "aFChunk", "package", "control")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: Names in the directory of an embedded object: macros, and files of any kind packed into it.
_OLE_MACROS = tuple(name.encode("utf-16-le") for name in ("_VBA_PROJECT", "VBA_PROJECT_CUR", "Macros"))
_OLE_PACKAGE = "Ole10Native".encode("utf-16-le")

_SENTENCES = {
    Fault.SURROUNDED: (
        "file_polyglot",
        "文件前后接着别的内容，没有收。请用 Office 或 WPS 另存一份再传。",
        "Something else stands before, between or behind the parts of this file.",
    ),
    Fault.BOMB: (
        "file_bomb",
        "文件解开后大得异常，像是压缩炸弹，没有收。",
        "Unpacked, it would be abnormally large.",
    ),
    Fault.ENCRYPTED: ("file_encrypted", "文件加了密，请去掉密码再传。", "The file is encrypted."),
    Fault.MACROS: (
        "file_macros",
        "文件里带有宏，没有收。请另存为不带宏的 .docx、.xlsx 或 .pptx 再传。",
        "The file contains macros.",
    ),
    Fault.OTHER_KIND: (
        "file_kind",
        "压缩包不收，请解压后逐个上传；Office 文件请存为 .docx、.xlsx 或 .pptx。",
        "An archive, or an Office file that is neither .docx nor .xlsx nor .pptx.",
    ),
}
_SENTENCES[Fault.OVERLAP] = _SENTENCES[Fault.SURROUNDED]


def check(data: Data) -> str:
    """``docx``, ``xlsx`` or ``pptx``.

    Raises:
        FileRefused: another archive, broken, encrypted, a bomb, with macros or other active parts.
    """
    try:
        return look_through(judged(data, LIMITS))
    except Untrusted as why:
        raise _refusal(why) from why


def _refusal(why: Untrusted) -> FileRefused:
    if why.fault in _SENTENCES:
        return FileRefused(*_SENTENCES[why.fault])
    if why.fault in (Fault.ACTIVE, Fault.ENTITIES):
        return FileRefused(
            "file_active", f"文件里{why.zh}，没有收。请删去后另存一份再传。", f"The file {why.en}."
        )
    return broken(why.zh, why.en)


# --- what anybody asks who opens such a file -------------------------------------------------------


def judged(data: Data, limits: Limits) -> Archive:
    """The file as an archive without macros, by its table of contents. Raises Untrusted."""
    archive = Archive(data, limits)
    if any(_MACRO_PARTS.search(part.orig_filename) for part in archive.parts):
        raise Untrusted(Fault.MACROS)
    return archive


def no_macros(said: Iterable[str]) -> None:
    """Judge types of parts, or kinds of links. Raises Untrusted."""
    if any(map(_MACROS.search, said)):
        raise Untrusted(Fault.MACROS)


def declares_entities(xml: bytes) -> bool:
    """Whether there is a document type in it: entities may grow, or fetch, while it is read."""
    return _ENTITIES.search(xml.replace(b"\0", b"")) is not None


# --- every byte ----------------------------------------------------------------------------------


def look_through(archive: Archive, depth: int = 0) -> str:
    """Unpack every part once and throw it away; the kind of document.

    Raises:
        Untrusted.
    """
    if any(_PROGRAMS.search(part.orig_filename) for part in archive.parts):
        raise Untrusted(
            Fault.ACTIVE, "夹带了程序、网页或带宏的文件", "carries programs, pages or files with macros"
        )
    kept = {part.filename: _part(archive, part, depth) for part in archive.parts if not part.is_dir()}
    return _kind(kept)


def _part(archive: Archive, part: ZipInfo, depth: int) -> bytes:
    """Look through one part; returns its bytes where they are needed again, else b""."""
    name = part.filename.lower()
    needed = name == "[content_types].xml" or name.endswith(".rels")
    is_xml = needed or name.endswith((".xml", ".vml", ".svg"))
    whole, kept, before, head = None, bytearray(), b"", b""
    for piece in archive.pieces(part):
        if not head and piece:
            head, whole = piece[:8], _kept_for(piece, needed)
        if is_xml and declares_entities(before + piece):
            raise Untrusted(Fault.ENTITIES, "的 XML 带有外部定义", "declares entities in its XML")
        before = piece[-32:]
        if whole:
            kept += piece
            if len(kept) > whole:
                raise Untrusted(Fault.BOMB)
    _embedded(bytes(kept), head, depth)
    return bytes(kept) if needed else b""


def _kept_for(piece: bytes, needed: bool) -> int | None:
    """How many bytes of the part to keep for a closer look: none for most."""
    if needed:
        return MOST_KEPT
    return MOST_EMBEDDED if piece.startswith((b"PK\x03\x04", _OLE)) else None


def _embedded(part: bytes, head: bytes, depth: int) -> None:
    """What was put into the document: another document (looked through in turn), an object."""
    if head.startswith((b"MZ", b"\x7fELF")):
        raise Untrusted(Fault.ACTIVE, "夹带了程序", "carries a program")
    if head.startswith(b"PK\x03\x04"):
        if depth:
            raise Untrusted(Fault.BOMB)
        look_through(judged(part, LIMITS), depth + 1)
    elif head.startswith(_OLE):
        if any(name in part for name in _OLE_MACROS):
            raise Untrusted(Fault.MACROS)
        if _OLE_PACKAGE in part:
            raise Untrusted(Fault.ACTIVE, "嵌入了其他文件", "has other files packed into it")


def _kind(parts: dict[str, bytes]) -> str:
    types = _elements(parts.get("[Content_Types].xml"))
    said = [one.get("ContentType", "") for _tag, one in types]
    no_macros(said)
    if any(map(_CONTROLS.search, said)):
        raise Untrusted(Fault.ACTIVE, "带有控件", "contains ActiveX controls")
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
        raise Untrusted(Fault.OTHER_KIND)
    return kind


def _link(link: dict[str, str]) -> None:
    kind = link.get("Type", "").rsplit("/", 1)[-1]
    no_macros([kind])
    outside = link.get("TargetMode") == "External" and _OUTSIDE.match(link.get("Target", "").strip())
    if outside and kind in _FETCHED:
        raise Untrusted(
            Fault.ACTIVE, "有打开时会去取外部内容的链接", "fetches something from outside when it is opened"
        )


def _elements(body: bytes | None) -> list[tuple[str, dict[str, str]]]:
    """(local name, attributes) of every element; no definitions, no entities."""
    if body is None:
        return []
    found: list[tuple[str, dict[str, str]]] = []
    parser = expat.ParserCreate("utf-8", namespace_separator="}")
    parser.StartElementHandler = lambda name, given: found.append((name.rsplit("}", 1)[-1], given))
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise Untrusted(Fault.BROKEN, "里面的 XML 读不懂", "its XML cannot be read") from error
    return found
