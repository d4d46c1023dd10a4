"""Word files as schools make them, and as nobody should: built for tests."""

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import docx
from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples"
NS = nsdecls("w") + (
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
    ' xmlns:v="urn:schemas-microsoft-com:vml"'
)
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def saved(document: Document) -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def made(*parts: str | list[list[str]]) -> bytes:
    """A file of paragraphs (text) and tables (rows of cells)."""
    document = docx.Document()
    for part in parts:
        if isinstance(part, str):
            document.add_paragraph(part)
        else:
            add_table(document, part)
    return saved(document)


def add_table(document: Document, rows: list[list[str]]) -> Any:
    table = document.add_table(rows=len(rows), cols=max(map(len, rows)))
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=False):
            cell.text = text
    return table


def with_body(*xml: str, **parts: str) -> bytes:
    """A file whose body is this XML (``w:`` known), one element per argument."""
    document = docx.Document()
    body = document.element.body
    for child in list(body):
        if not child.tag.endswith("}sectPr"):
            body.remove(child)
    for index, text in enumerate(xml):
        element = parse_xml(text.replace(">", f" {NS}>", 1) if " xmlns:w" not in text else text)
        body.insert(index, element)
    return changed(saved(document), parts) if parts else saved(document)


def p(inner: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{inner}</w:p>"


def r(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(members: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def changed(data: bytes, parts: Mapping[str, str | bytes | Callable[[bytes], bytes] | None]) -> bytes:
    """The file with members replaced, altered by a function, or (None) left out."""
    members: dict[str, bytes] = unpacked(data)
    for name, new in parts.items():
        if new is None:
            members.pop(name)
        elif callable(new):
            members[name] = new(members[name])
        else:
            members[name] = new.encode() if isinstance(new, str) else new
    return packed(members)


def ole(*streams: str) -> bytes:
    """The beginning of an OLE container that names these streams."""
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
    return head + b"".join(name.encode("utf-16-le").ljust(128, b"\0") for name in streams)
