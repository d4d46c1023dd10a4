"""A Word file from outside: judged as an Office file first (``files.office``), then opened as XML parts.

Nothing is unpacked to disk, no part is read before the archive's own table of contents has been judged,
and XML with a document type (entities, external or growing) is refused unread.
"""

import posixpath
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from workflow_app.errors import ApplicationError
from workflow_app.files import office
from workflow_app.files.archives import Archive, Fault, Limits, Untrusted
from workflow_app.word_reading.memory import Measured, measured

MB = 1024 * 1024
#: The largest file that is looked at.
MAX_BYTES = 20 * MB
MAX_MEMBERS = 4000
#: Only words are taken out: what stands before or behind the archive does no harm here.
LIMITS = Limits(parts=MAX_MEMBERS, unpacked=200 * MB, growth=200, exact=False)
#: The largest XML part that is read.
MAX_PART = 30 * MB

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAIN = "wordprocessingml."
_OTHER_KINDS = {"spreadsheetml": "Excel", "presentationml": "PowerPoint"}
#: The strict flavour of the format has names of its own for the same things: words, equations, drawings.
_STRICT = tuple(
    (
        f"http://purl.oclc.org/ooxml/{kind}/".encode(),
        f"http://schemas.openxmlformats.org/{kind}/2006/".encode(),
    )
    for kind in ("wordprocessingml", "officeDocument", "drawingml", "schemaLibrary")
)
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"

_SENTENCES: dict[str, tuple[str, str]] = {
    "no_file": ("请选择一个 Word 文件（.docx）。", "Choose a Word file (.docx)."),
    "file_too_large": (
        f"文件超过 {MAX_BYTES // MB} MB，没有读取。请先压缩或删去其中的图片，图片可以另作附件上传。",
        f"The file is larger than {MAX_BYTES // MB} MB and was not read. Make its pictures smaller first.",
    ),
    "old_word": (
        "这是旧格式的 Word 文件（.doc 或 .wps）。请在 Word 或 WPS 里「另存为」.docx，再导入。",
        "This is a Word file of the old kind (.doc). Save it as .docx and import that.",
    ),
    "encrypted": (
        "文件加了密码，读不出内容。请去掉密码后再导入。",
        "The file is protected by a password. Remove it first.",
    ),
    "macros": (
        "文件里带有宏（.docm 一类），不予读取。请「另存为」不带宏的 .docx，再导入。",
        "The file holds macros. Save it as a .docx without macros.",
    ),
    "broken": (
        "文件已损坏，打不开。请在 Word 里打开确认，另存一份再导入。",
        "The file is broken and cannot be opened. Save it again in Word.",
    ),
    "not_word": (
        "这不是 Word 文件（.docx），{found}。请选择 .docx 文件。",
        "This is no Word file (.docx) but something else. Choose a .docx file.",
    ),
    "suspicious_archive": (
        "文件展开后大得反常，为安全起见没有读取。请在 Word 里另存一份再导入。",
        "The file unpacks to an abnormal size and was not read.",
    ),
    "unsafe_names": (
        "文件内部的路径不正常，为安全起见没有读取。请在 Word 里另存一份再导入。",
        "The file has unsafe paths inside and was not read.",
    ),
    "unsafe_xml": (
        "文件里含有 Word 文件不该有的外部引用，为安全起见没有读取。请在 Word 里另存一份再导入。",
        "The file holds a document type declaration, which no Word file needs, and was not read.",
    ),
    "embedded_file": (
        "文件里嵌着另一份文件，读不全。请在 Word 里打开，另存一份再导入。",
        "The file embeds another one that only Word can merge. Open it in Word and save it again.",
    ),
    "too_much_text": (
        "文字太多（超过 {limit} 字），不像一份计划或总结，没有导入。",
        "There is too much text for a plan or a summary; nothing was imported.",
    ),
    "no_text": (
        "没有读到文字。如果是扫描件或图片，请改用带文字的 Word 文件。",
        "No text was found. Scanned pages cannot be imported.",
    ),
}


#: The codes of ``NotImported``.
CODES = tuple(_SENTENCES)


class NotImported(ApplicationError):
    """A file that is not taken in, and why: ``code`` for programs, a sentence for people."""

    status = 422

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code)
        self.code, self.details = code, details

    def _said(self, lang: str) -> str:
        return _SENTENCES[self.code][1 if lang == "en" else 0].format(**self.details)


_CODES = {
    Fault.BROKEN: "broken",
    Fault.SURROUNDED: "broken",
    Fault.BOMB: "suspicious_archive",
    Fault.OVERLAP: "suspicious_archive",
    Fault.ENCRYPTED: "encrypted",
    Fault.NAMES: "unsafe_names",
    Fault.MACROS: "macros",
    Fault.ENTITIES: "unsafe_xml",
}


@contextmanager
def _in_our_words() -> Iterator[None]:
    """What is wrong with the file, said as this import says it."""
    try:
        yield
    except Untrusted as why:
        raise NotImported(_CODES[why.fault]) from why


@dataclass(frozen=True, slots=True)
class Relation:
    """Where a part points: ``kind`` is the last word of its type, ``target`` a part name."""

    kind: str
    target: str


class Package:
    """The parts of a Word file that hold words. ``xml(name)`` is a root element or None."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._types = self._content_types()
        top = self.relations("")
        self.main = next((one.target for one in top.values() if one.kind == "officeDocument"), "")
        kind = self._types.get(self.main.casefold(), "")
        for word, name in _OTHER_KINDS.items():
            if word in kind:
                raise NotImported("not_word", found=f"是 {name} 文件")
        if not self.main:
            raise NotImported("not_word", found="是别的压缩包")
        if kind and _MAIN not in kind:
            raise NotImported("not_word", found="是别的文件")
        if archive.find(self.main) is None:
            raise NotImported("broken")

    def _content_types(self) -> dict[str, str]:
        root = self.xml("[Content_Types].xml")
        if root is None:
            raise NotImported("not_word", found="是别的压缩包")
        types = {
            str(one.get("PartName", "")).lstrip("/").casefold(): str(one.get("ContentType", ""))
            for one in root
            if isinstance(one.tag, str)
        }
        with _in_our_words():
            office.no_macros(types.values())
        return types

    def xml(self, name: str) -> Any:
        """The root element of a part, or None. Raises NotImported."""
        with _in_our_words():
            part = self._archive.find(name)
            return None if part is None else _parsed(self._archive.read(part, MAX_PART))

    def size(self, name: str) -> int:
        """How large a part says it is, in bytes; 0 where there is none."""
        part = self._archive.find(name)
        return part.file_size if part else 0

    def measured(self, name: str) -> Measured:
        """How much a part holds, counted as it streams by. Raises NotImported."""
        with _in_our_words():
            part = self._archive.find(name)
            return measured(self._archive.pieces(part) if part else ())

    def relations(self, part: str) -> dict[str, Relation]:
        """What ``part`` points to inside the file, by id; "" is the file itself."""
        folder, name = posixpath.split(part)
        root = self.xml(posixpath.join(folder, "_rels", f"{name}.rels"))
        found = {}
        for one in root if root is not None else ():
            if isinstance(one.tag, str) and one.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, one.get("Target", "")))
                kind = str(one.get("Type", "")).rpartition("/")[2]
                found[str(one.get("Id"))] = Relation(kind, target.lstrip("/"))
        return found


def opened(data: bytes, name: str = "") -> Package:
    """The file as a package of XML parts. ``name`` is what its owner calls it.

    Raises:
        NotImported: what it is instead, or why it is not trusted.
    """
    if len(data) > MAX_BYTES:
        raise NotImported("file_too_large")
    if not data:
        raise NotImported("no_file")
    if data.startswith(_OLE):
        raise _old(data)
    if not data.startswith(b"PK"):
        raise NotImported("not_word", found=_what(data))
    with _in_our_words():
        archive = office.judged(data, LIMITS)
    if name.casefold().endswith((".docm", ".dotm")):
        raise NotImported("macros")
    return Package(archive)


def _old(data: bytes) -> NotImported:
    """What an OLE container is: it may be an encrypted new file as well as an old one."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        return NotImported("encrypted")
    if "WordDocument".encode("utf-16-le") in data:
        return NotImported("old_word")
    return NotImported("not_word", found="是旧格式的 Office 文件")


def _what(data: bytes) -> str:
    head = data[:1024].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if head.startswith(b"%pdf"):
        return "是 PDF 文件"
    if head.startswith(b"{\\rtf"):
        return "是 RTF 文件"
    if head.startswith((b"<html", b"<!doctype", b"<?xml", b"mime-version", b"<")):
        return "是网页或 XML 文件"
    if head.startswith((b"\x89png", b"\xff\xd8\xff", b"gif8")):
        return "是图片"
    return "内容对不上"


def _parsed(data: bytes) -> Any:
    from lxml import etree

    for strict, usual in _STRICT:
        data = data.replace(strict, usual)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    # Judged as text before parsing: entities can already grow while a document type is read.
    if office.declares_entities(data):
        raise Untrusted(Fault.ENTITIES)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotImported("broken") from error
    if root.getroottree().docinfo.doctype:
        raise NotImported("unsafe_xml")
    return root
