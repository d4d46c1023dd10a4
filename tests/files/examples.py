"""Small honest files of every accepted kind, made from nothing."""

import struct
import zipfile
import zlib
from collections.abc import Mapping
from io import BytesIO

_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_LINKS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = {
    "docx": ("word/document.xml", "wordprocessingml.document"),
    "xlsx": ("xl/workbook.xml", "spreadsheetml.sheet"),
    "pptx": ("ppt/presentation.xml", "presentationml.presentation"),
}


def types(kind: str, more: str = "", main: str = "") -> str:
    """``[Content_Types].xml``; ``main`` instead of the main part's honest type."""
    part, name = MAIN[kind]
    main = main or f"application/vnd.openxmlformats-officedocument.{name}.main+xml"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Types xmlns="{_TYPES}">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/{part}" ContentType="{main}"/>{more}</Types>'
    )


def links(*given: tuple[str, str, bool]) -> str:
    """A part of relationships: (kind or whole type, target, outside)."""
    body = ""
    for number, (kind, target, outside) in enumerate(given):
        whole = kind if "://" in kind else f"{OFFICE}/{kind}"
        body += f'<Relationship Id="r{number}" Type="{whole}" Target="{target}"'
        body += ' TargetMode="External"/>' if outside else "/>"
    return f'<?xml version="1.0"?><Relationships xmlns="{_LINKS}">{body}</Relationships>'


def parts(kind: str) -> dict[str, str | bytes]:
    """The parts of a small honest document."""
    part = MAIN[kind][0]
    return {
        "[Content_Types].xml": types(kind),
        "_rels/.rels": links(("officeDocument", part, False)),
        part: '<?xml version="1.0"?><w:document xmlns:w="urn:x"><w:t>校本研修</w:t></w:document>',
    }


def zipped(given: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, body in given.items():
            archive.writestr(name, body)
    return buffer.getvalue()


def office(
    kind: str, more: Mapping[str, str | bytes] | None = None, method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """A document of ``kind`` with these parts besides, or instead."""
    return zipped(parts(kind) | dict(more or {}), method)


def pdf(inside: bytes = b"") -> bytes:
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 144]>>endobj\n"
        + inside
        + b"xref\n0 1\n0000000000 65535 f \ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n"
    )


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int = 8, height: int = 8, more: bytes = b"") -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + b"\x20\x60\xa0" * 8 for _ in range(8)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + more + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def jpg(width: int = 8, height: int = 8, comment: bytes = b"") -> bytes:
    said = b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment if comment else b""
    frame = b"\xff\xc0" + struct.pack(">HBHHBBBB", 11, 8, height, width, 1, 1, 0x11, 0)
    return (
        b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
        + said + frame + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"\x12\x34" * 8 + b"\xff\xd9"
    )  # fmt: skip


def gif(width: int = 2, height: int = 2) -> bytes:
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    picture = b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x44\x01\x00"
    return head + picture + b";"


def webp() -> bytes:
    body = b"WEBPVP8 " + struct.pack("<I", 16) + b"\x30\x01\x00\x9d\x01\x2a\x08\x00\x08\x00" + bytes(6)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def box(name: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", 8 + len(body)) + name + body


def mp4() -> bytes:
    return (
        box(b"ftyp", b"isom\0\0\2\0isomiso2mp41")
        + box(b"moov", box(b"mvhd", bytes(100)))
        + box(b"mdat", b"film")
    )


def heic() -> bytes:
    return box(b"ftyp", b"heic\0\0\0\0mif1heic") + box(b"meta", bytes(40)) + box(b"mdat", b"picture")


def mp3(frames: int = 4) -> bytes:
    frame = b"\xff\xfb\x90\x00" + bytes(413)
    return b"ID3\x03\x00\x00\x00\x00\x00\x0a" + bytes(10) + frame * frames


GOOD: dict[str, bytes] = {
    "方案.pdf": pdf(),
    "方案.docx": office("docx"),
    "名册.xlsx": office("xlsx"),
    "课件.pptx": office("pptx"),
    "照片.jpg": jpg(),
    "截图.png": png(),
    "动图.gif": gif(),
    "图片.webp": webp(),
    "手机照片.heic": heic(),
    "公开课.mp4": mp4(),
    "评课.mp3": mp3(),
    "说明.txt": "第一次活动：研读课标。\r\n".encode(),
    "名单.csv": "\ufeff姓名，学时\r\n方老师，24\r\n".encode(),
}
