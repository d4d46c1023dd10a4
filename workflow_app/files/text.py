"""Whether bytes are plain text, and not a page or a program written as text."""

import codecs
import mmap
import re

_CHUNK = 1 << 20
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffe\uffff]")
#: Pages, pictures and programs that are text: their beginning gives them away.
_ACTIVE = re.compile(r"\s*(<[A-Za-z!?/%]|#!|\{\\rtf|%!PS|@echo\b|MIME-Version:|Content-Type:)", re.IGNORECASE)


def is_text(data: mmap.mmap | bytes) -> bool:
    """UTF-8, UTF-16 with its mark, or GB 18030, without control characters, no markup, no script."""
    return any(_reads_as(data, encoding) for encoding in _encodings(bytes(data[:4])))


def _encodings(head: bytes) -> tuple[str, ...]:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ("utf-16",)
    return ("utf-8-sig", "gb18030")


def _reads_as(data: mmap.mmap | bytes, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    for at in range(0, len(data), _CHUNK):
        piece = bytes(data[at : at + _CHUNK])
        try:
            text = decoder.decode(piece, final=at + _CHUNK >= len(data))
        except UnicodeDecodeError:
            return False
        if (at == 0 and _ACTIVE.match(text)) or _CONTROL.search(text):
            return False
    return True
