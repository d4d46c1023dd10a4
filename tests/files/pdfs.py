"""PDF files made object by object: written plainly, or packed where a search for words finds nothing."""

import zlib
from io import BytesIO

import pikepdf

CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"
PAGES = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 144]/Resources<<>>>>"


def stream(data: bytes, inside: bytes = b"") -> bytes:
    """A compressed stream."""
    return b"<<%s/Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (inside, len(data), data)


def plain(*more: bytes, catalog: bytes = CATALOG, pages: bytes = PAGES, page: bytes = PAGE) -> bytes:
    """A file of one page; ``more`` are objects 4, 5, …, each in its place in the table."""
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate((catalog, pages, page, *more), 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    lines = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(places) + 1
    table = b"xref\n0 %d\n0000000000 65535 f \n" % size + lines
    return out + table + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, len(out))


def packed(
    *members: bytes, catalog: bytes = CATALOG, padding: int = 0, squeezed: bytes | None = None
) -> bytes:
    """The same with objects 5, 6, … in a stream of objects (4), behind so many megabytes of nothing.

    ``squeezed`` stands in place of what the stream should hold.
    """
    inner, index = b"", []
    for number, body in enumerate(members, 5):
        index.append(b"%d %d" % (number, len(inner)))
        inner += body + b" "
    head = b" ".join(index) + b" "
    data = squeezed if squeezed is not None else _squeezed(head + inner, padding)
    out, places = b"%PDF-1.7\n", []
    box = stream(data, b"/Type/ObjStm/N %d/First %d" % (len(members), len(head)))
    for number, body in enumerate((catalog, PAGES, PAGE, box), 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    last = 5 + len(members)
    rows = bytes(7) + b"".join(b"\1" + place.to_bytes(4, "big") + bytes(2) for place in places)
    rows += b"".join(b"\2" + (4).to_bytes(4, "big") + n.to_bytes(2, "big") for n in range(len(members)))
    rows += b"\1" + len(out).to_bytes(4, "big") + bytes(2)
    table = stream(zlib.compress(rows), b"/Type/XRef/Size %d/W[1 4 2]/Root 1 0 R" % (last + 1))
    return out + b"%d 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (last, table, len(out))


def _squeezed(data: bytes, padding: int) -> bytes:
    squeezer = zlib.compressobj(9)
    pieces = [squeezer.compress(data)]
    pieces += [squeezer.compress(b" " * (1 << 20)) for _ in range(padding)]
    return b"".join(pieces) + squeezer.flush()


def with_catalog(more: bytes) -> bytes:
    return b"<</Type/Catalog/Pages 2 0 R%s>>" % more


def locked(password: str, *, catalog: dict[str, object] | None = None) -> bytes:
    """An encrypted file; with no password it opens like any other."""
    made, out = pikepdf.new(), BytesIO()
    made.add_blank_page()
    for key, value in (catalog or {}).items():
        made.Root[key] = value
    made.save(out, encryption=pikepdf.Encryption(owner="owner", user=password))
    return out.getvalue()
