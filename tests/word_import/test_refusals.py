"""Files that are not taken in: each says why, none is unpacked, none ends in an error of ours."""

import contextlib
import io
import struct
import zipfile
from collections.abc import Callable

import pytest

from tests.word_import.word_files import changed, made, ole, packed, unpacked, with_body
from workflow_app.word_reading import opening
from workflow_app.word_reading.opening import MB, NotImported
from workflow_app.word_reading.reading import MAX_CHARACTERS, read

GOOD = made("一、指导思想", "以人为本。")
NAME = "计划.docx"
TYPES, MAIN = "[Content_Types].xml", "word/document.xml"
DOCTYPE = b'<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
WIDE = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE w><w/>'
LAUGHS = b'<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'


def with_member(name: str, data: bytes = b"x") -> bytes:
    return packed(unpacked(GOOD) | {name: data})


def retyped(old: str, new: str) -> bytes:
    return changed(GOOD, {TYPES: lambda data: data.replace(old.encode(), new.encode())})


def after_declaration(text: bytes) -> Callable[[bytes], bytes]:
    return lambda data: data.replace(b"?>", b"?>" + text, 1)


def bomb() -> bytes:
    return with_member("word/media/image1.bin", b"\0" * (30 * MB))


def liar() -> bytes:
    """A member that says it is smaller than it is."""
    data = bytearray(with_member("word/comments.xml", b"<a>" + b" " * 5000 + b"</a>"))
    real = struct.pack("<I", 5007)
    return bytes(data.replace(real, struct.pack("<I", 7)))


def flagged_encrypted() -> bytes:
    stream = io.BytesIO(GOOD)
    with zipfile.ZipFile(stream) as archive:
        offset = archive.getinfo(MAIN).header_offset
    data = bytearray(GOOD)
    data[offset + 6] |= 1
    at = data.rindex(MAIN.encode()) - 46
    data[at + 8] |= 1
    return bytes(data)


def twice() -> bytes:
    stream = io.BytesIO(GOOD)
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("word/Document.xml", b"<x/>")
    return stream.getvalue()


def broken_inside() -> bytes:
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        info = archive.getinfo(MAIN)
    data = bytearray(GOOD)
    start = info.header_offset + 30 + len(MAIN) + 20
    data[start : start + 40] = b"\xff" * 40
    return bytes(data)


EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
MACRO = "application/vnd.ms-word.document.macroEnabled.main+xml"
MANY = {f"word/media/{number}.png": b"" for number in range(opening.MAX_MEMBERS)}

CASES: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "empty": (lambda: b"", NAME, "no_file"),
    "doc": (lambda: ole("WordDocument"), "计划.doc", "old_word"),
    "doc called docx": (lambda: ole("Root Entry", "WordDocument"), NAME, "old_word"),
    "xls": (lambda: ole("Workbook"), "表.xls", "not_word"),
    "password": (lambda: ole("EncryptionInfo", "EncryptedPackage"), NAME, "encrypted"),
    "password of the archive": (flagged_encrypted, NAME, "encrypted"),
    "macros": (lambda: with_member("word/vbaProject.bin"), NAME, "macros"),
    "macros by type": (lambda: retyped(WORD, MACRO), NAME, "macros"),
    "macros by name": (lambda: GOOD, "计划.DOCM", "macros"),
    "pdf": (lambda: b"%PDF-1.7 ...", NAME, "not_word"),
    "html": (lambda: "<html><body>计划</body></html>".encode(), NAME, "not_word"),
    "text": (lambda: "一、指导思想".encode(), NAME, "not_word"),
    "picture": (lambda: b"\x89PNG\r\n\x1a\n", NAME, "not_word"),
    "rtf": (lambda: b"{\\rtf1 }", NAME, "not_word"),
    "excel": (lambda: retyped(WORD, EXCEL), NAME, "not_word"),
    "other archive": (lambda: packed({"a.txt": b"a"}), NAME, "not_word"),
    "open document": (lambda: packed({"mimetype": b"application/vnd.oasis"}), NAME, "not_word"),
    "no main part": (lambda: changed(GOOD, {MAIN: None}), NAME, "broken"),
    "no body": (lambda: changed(GOOD, {MAIN: "<a/>"}), NAME, "broken"),
    "half of it": (lambda: GOOD[: len(GOOD) // 2], NAME, "broken"),
    "only the beginning": (lambda: b"PK\x03\x04", NAME, "broken"),
    "damaged": (broken_inside, NAME, "broken"),
    "bad xml": (lambda: changed(GOOD, {MAIN: "<w:document"}), NAME, "broken"),
    "too deep": (lambda: changed(GOOD, {MAIN: "<a>" * 3000 + "</a>" * 3000}), NAME, "broken"),
    "bomb": (bomb, NAME, "suspicious_archive"),
    "many members": (lambda: packed(unpacked(GOOD) | MANY), NAME, "suspicious_archive"),
    "outside file": (lambda: changed(GOOD, {MAIN: after_declaration(DOCTYPE)}), NAME, "unsafe_xml"),
    "growing": (
        lambda: changed(GOOD, {"word/styles.xml": after_declaration(LAUGHS)}),
        NAME,
        "unsafe_xml",
    ),
    "entities in the types": (
        lambda: changed(GOOD, {TYPES: after_declaration(LAUGHS)}),
        "a.docx",
        "unsafe_xml",
    ),
    "in UTF-16": (
        lambda: changed(
            GOOD, {MAIN: '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE w><w/>'.encode("utf-16")}
        ),
        NAME,
        "unsafe_xml",
    ),
    "path upwards": (lambda: with_member("word/../../etc/cron"), NAME, "unsafe_names"),
    "absolute path": (lambda: with_member("/etc/passwd"), NAME, "unsafe_names"),
    "path of Windows": (lambda: with_member("word\\..\\..\\a.exe"), NAME, "unsafe_names"),
    "drive": (lambda: with_member("C:/a.exe"), NAME, "unsafe_names"),
    "two of one name": (twice, NAME, "unsafe_names"),
    "file in a file": (
        lambda: with_body('<w:altChunk w:val="x"></w:altChunk>'),
        NAME,
        "embedded_file",
    ),
    "no words": (lambda: made(""), NAME, "no_text"),
    "a whole library": (lambda: made("书" * (MAX_CHARACTERS + 1)), NAME, "too_much_text"),
}


@pytest.mark.parametrize("case", CASES)
def test_each_refusal_has_its_code_and_its_sentence(case: str) -> None:
    make, name, code = CASES[case]
    with pytest.raises(NotImported) as caught:
        read(make(), name)
    assert caught.value.code == code
    assert caught.value.status == 422
    assert caught.value.say("zh").endswith("。")
    assert caught.value.say("en").endswith(".")
    assert "{" not in caught.value.say("zh") + caught.value.say("en")


def test_a_large_file_is_refused_before_it_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZipFile", None)
    with pytest.raises(NotImported) as caught:
        read(b"PK" + b"\0" * (50 * MB), NAME)
    assert caught.value.code == "file_too_large"


def test_a_member_that_lies_about_its_size_is_not_believed() -> None:
    with contextlib.suppress(NotImported):  # the lie is in a part that is not read
        assert len(read(liar(), NAME).blocks) == 2


def test_external_relations_are_not_followed() -> None:
    relation = (
        b'<Relationship Id="rX" TargetMode="External" Target="http://127.0.0.1:9/styles.xml" Type="http://'
        b'schemas.openxmlformats.org/officeDocument/2006/relationships/numbering"/></Relationships>'
    )
    data = changed(
        GOOD, {"word/_rels/document.xml.rels": lambda old: old.replace(b"</Relationships>", relation)}
    )
    assert len(read(data).blocks) == 2


@pytest.mark.parametrize("step", [7, 31])
def test_damage_anywhere_is_a_refusal_or_a_reading(step: int) -> None:
    """One byte turned over at many places: never any other exception."""
    for at in range(0, len(GOOD), len(GOOD) // 60 + step):
        data = bytearray(GOOD)
        data[at] ^= 0xFF
        with contextlib.suppress(NotImported):
            read(bytes(data), NAME)
