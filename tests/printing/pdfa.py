"""What ISO 19005-2 (PDF/A-2b) asks of a file, as far as our own files could break it."""

import io
import re
from collections.abc import Iterator
from typing import Any

import pikepdf
from pikepdf import Name

_SHOW = {"Tj", "TJ", "'", '"'}
_FOREIGN_COLOUR = {"k", "K"}
_ACTIONS = {"/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/JavaScript", "/Hide"}


def faults(data: bytes) -> list[str]:
    """What is wrong, one sentence each; none for a file that keeps the rules."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return [
            *_file(data, pdf), *_metadata(pdf), *_output_intent(pdf), *_objects(pdf),
            *(fault for page in pdf.pages for fault in _page(page)),
        ]  # fmt: skip


def _file(data: bytes, pdf: pikepdf.Pdf) -> Iterator[str]:
    if not re.match(rb"%PDF-1\.[0-7]\r?\n%[\x80-\xff]{4}", data):
        yield "6.1.2 the header"
    if not data.rstrip(b"\r\n").endswith(b"%%EOF"):
        yield "6.1.3 something stands after the end"
    if "/ID" not in pdf.trailer:
        yield "6.1.3 no ID"
    if pdf.is_encrypted or "/Encrypt" in pdf.trailer:
        yield "6.1.3 encrypted"
    # Signature contents are hexadecimal and streams are compressed: neither holds such a line.
    if re.search(rb"(?m)^\d+[ \t]{2,}\d+ obj|^\d+ \d+[ \t]{2,}obj|^\d+ \d+ obj[^\r\n<\[(/\d]", data):
        yield "6.1.9 an object is not written as asked"


def _metadata(pdf: pikepdf.Pdf) -> Iterator[str]:
    stream = pdf.Root.get("/Metadata")
    if stream is None:
        yield "6.6.2 no metadata"
        return
    if "/Filter" in stream:
        yield "6.6.2 filtered metadata"
    with pdf.open_metadata(update_docinfo=False) as xmp:
        if (xmp.get("pdfaid:part"), xmp.get("pdfaid:conformance")) != ("2", "B"):
            yield "6.6.4 does not say PDF/A-2b"


def _output_intent(pdf: pikepdf.Pdf) -> Iterator[str]:
    intents = [one for one in pdf.Root.get("/OutputIntents", []) if one.S == "/GTS_PDFA1"]
    if len(intents) != 1:
        yield "6.2.3 no output intent"
        return
    profile = intents[0].DestOutputProfile
    icc = profile.read_bytes()
    if icc[36:40] != b"acsp" or icc[8] > 4 or icc[16:20] != b"RGB " or profile.N != 3:
        yield "6.2.3 the profile of the output intent"


def _objects(pdf: pikepdf.Pdf) -> Iterator[str]:
    root = pdf.Root
    if "/Names" in root and "/EmbeddedFiles" in root.Names:
        yield "6.8 embedded files"
    if "/AA" in root or "/OpenAction" in root:
        yield "6.5 an action on opening"
    form = root.get("/AcroForm")
    if form is not None and ("/XFA" in form or form.get("/NeedAppearances")):
        yield "6.4 the form"
    for item in pdf.objects:
        if not isinstance(item, pikepdf.Dictionary | pikepdf.Stream):
            continue
        if str(item.get("/S")) in _ACTIONS:
            yield f"6.5 an action {item.S}"
        if isinstance(item, pikepdf.Stream):
            yield from _stream(item)
        if item.get("/Type") == "/Font":
            yield from _font(item)
        if item.get("/Type") == "/ExtGState" and ("/TR" in item or "/HTP" in item):
            yield "6.2.5 a transfer function"
        if item.get("/Type") == "/Sig":
            start, first, second, last = (int(part) for part in item.ByteRange)
            if start != 0 or second <= first or last <= 0:
                yield "6.4.3 the signature covers not the whole"


def _stream(item: Any) -> Iterator[str]:
    filters = str(item.get("/Filter", ""))
    if "LZW" in filters or "Crypt" in filters:
        yield "6.1.7 a filter"
    if "/F" in item or "/FFilter" in item:
        yield "6.1.7 an external stream"
    if item.get("/Subtype") == "/Image" and (item.get("/Interpolate") or "/Alternates" in item):
        yield "6.2.8 an image"
    if item.get("/Subtype") == "/PS":
        yield "6.2.9 PostScript"


def _font(font: Any) -> Iterator[str]:
    kind = font.get("/Subtype")
    if kind in ("/Type0", "/Type3"):
        return
    described = font.get("/FontDescriptor")
    if described is None or not {"/FontFile", "/FontFile2", "/FontFile3"} & set(described.keys()):
        yield f"6.2.11.4 {font.get('/BaseFont')} is not embedded"
    if kind == "/CIDFontType2" and "/CIDToGIDMap" not in font:
        yield f"6.2.11.3 {font.get('/BaseFont')} has no CIDToGIDMap"


def _page(page: Any) -> Iterator[str]:
    for mark in page.obj.get("/Annots", []):
        flags = int(mark.get("/F", 0))
        if not flags & 4 or flags & (1 | 2 | 32 | 256):
            yield "6.3.2 flags of an annotation"
        empty = "/Rect" in mark and all(float(side) == 0 for side in mark.Rect)
        if "/AP" not in mark and not empty:
            yield "6.3.3 an annotation without appearance"
    yield from _content(page, page.obj.get("/Resources", pikepdf.Dictionary()))


def _content(stream: Any, resources: Any) -> Iterator[str]:
    two_bytes = False
    for operands, operator in pikepdf.parse_content_stream(stream):
        said = str(operator)
        if said in _FOREIGN_COLOUR:
            yield "6.2.4.3 a colour of another device"
        if said == "Tf":
            two_bytes = resources.Font[operands[0]].Subtype == Name.Type0
        if said in _SHOW and two_bytes:
            for text in operands[0] if said == "TJ" else operands[-1:]:
                if isinstance(text, pikepdf.String) and _missing(bytes(text)):
                    yield "6.2.11.8 a character without a glyph"
    for form in resources.get("/XObject", pikepdf.Dictionary()).values():
        if form.get("/Subtype") == "/Form":
            yield from _content(form, form.get("/Resources", pikepdf.Dictionary()))


def _missing(text: bytes) -> bool:
    return any(text[at : at + 2] == b"\0\0" for at in range(0, len(text), 2))
