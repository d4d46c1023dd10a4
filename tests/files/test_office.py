"""One judge of Office files for two who ask: attachments and the Word import, each with words of its own."""

from collections.abc import Callable

import pytest

from tests.files.hostile import CORPUS
from tests.word_import.word_files import changed, made
from workflow_app.errors import FileRefused
from workflow_app.files import office
from workflow_app.word_reading.opening import NotImported
from workflow_app.word_reading.reading import read

WORD = made("一、指导思想", "以人为本。")
#: Hostile file -> the code of an attachment, the code of an import.
BOTH = {
    "docx: vbaProject.bin": ("file_macros", "macros"),
    "docx: macros by type only": ("file_macros", "macros"),
    "docx: zeros without end": ("file_bomb", "suspicious_archive"),
    "docx: six thousand parts": ("file_bomb", "suspicious_archive"),
    "docx: parts over each other": ("file_bomb", "suspicious_archive"),
    "docx: encrypted": ("file_encrypted", "encrypted"),
    "docx: part called '../../etc/cron.d/x'": ("file_broken", "unsafe_names"),
    "docx: a name twice": ("file_broken", "unsafe_names"),
    "docx: odd compression": ("file_broken", "broken"),
    "docx: wrong checksums": ("file_broken", "broken"),
    "docx: other names inside": ("file_polyglot", "broken"),
    "docx: entities in its XML": ("file_active", "unsafe_xml"),
}


def attached(data: bytes) -> str:
    try:
        return office.check(data)
    except FileRefused as refused:
        return refused.code


def imported(data: bytes) -> str:
    try:
        return f"{len(read(data).blocks)} blocks"
    except NotImported as refused:
        return refused.code


@pytest.mark.parametrize("what", BOTH)
def test_what_is_no_sound_document_is_taken_by_neither(what: str) -> None:
    data = CORPUS[what][1]
    assert (attached(data), imported(data)) == BOTH[what]


CONTROLS = b'<Override PartName="/a.xml" ContentType="application/vnd.ms-office.activeX+xml"/></Types>'
#: What only matters to whoever opens the whole file: an import takes words out and leaves the rest.
ONLY_ATTACHED: dict[str, tuple[Callable[[], bytes], str]] = {
    "bytes behind it": (lambda: WORD + b"\0\r\n", "file_polyglot"),
    "bytes before it": (lambda: b"PK\0\0" + WORD, "file_polyglot"),
    "control": (
        lambda: changed(WORD, {"[Content_Types].xml": lambda old: old.replace(b"</Types>", CONTROLS)}),
        "file_active",
    ),
}


@pytest.mark.parametrize("what", ONLY_ATTACHED)
def test_what_surrounds_the_words_does_not_hinder_an_import(what: str) -> None:
    make, code = ONLY_ATTACHED[what]
    assert (attached(make()), imported(make())) == (code, "2 blocks")


def test_an_honest_document_is_taken_by_both() -> None:
    assert (attached(WORD), imported(WORD)) == ("docx", "2 blocks")
