"""Reading papers back: the text of a PDF's pages, the parts of a Word file, the signature."""

import io
import re
import zipfile
from typing import Any

from docx import Document


def pages(pdf: bytes) -> list[str]:
    """The text of each page, line breaks as the page has them."""
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    try:
        return [document[index].get_textpage().get_text_bounded() for index in range(len(document))]
    finally:
        document.close()


def said(pdf: bytes) -> str:
    """All the text without blanks, line breaks and invisible break marks."""
    return bare("".join(pages(pdf)))


def bare(text: str) -> str:
    return re.sub(r"[\s\u200b\u00ad\ufeff\ufffe\x02]+", "", text)


def word(docx: bytes) -> Any:
    return Document(io.BytesIO(docx))


def word_text(docx: bytes) -> str:
    """Paragraphs and cells, in the order of the file, without blanks."""
    found = []
    for item in word(docx).iter_inner_content():
        if hasattr(item, "rows"):
            found += [cell.text for row in item.rows for cell in row.cells]
        else:
            found.append(item.text)
    return bare("".join(found))


def part(docx: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        return archive.read(name).decode()


def signature(pdf: bytes, certificate_pem: str) -> Any:
    """What pyHanko's validator says of the one signature, trusting this certificate alone."""
    from asn1crypto import pem, x509
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    _kind, _headers, der = pem.unarmor(certificate_pem.encode())
    (embedded,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    return validate_pdf_signature(embedded, ValidationContext(trust_roots=[x509.Certificate.load(der)]))


def fonts(pdf: bytes, wanted: str) -> set[str]:
    """Names of the fonts in which the characters of ``wanted`` are set on the first page."""
    import ctypes

    import pypdfium2
    import pypdfium2.raw as raw

    document = pypdfium2.PdfDocument(pdf)
    try:
        text = document[0].get_textpage()
        found = set()
        for index in range(text.count_chars()):
            if chr(raw.FPDFText_GetUnicode(text, index)) in wanted:
                name, flags = ctypes.create_string_buffer(200), ctypes.c_int()
                raw.FPDFText_GetFontInfo(text, index, name, 200, flags)
                found.add(name.value.decode().partition("+")[2])
        return found
    finally:
        document.close()
