"""What may be attached: honest files of every kind, and hundreds that are not."""

import contextlib
import mmap
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.files.examples import GOOD, gif, jpg, office, png
from tests.files.hostile import CORPUS
from tests.files.pdfs import plain
from workflow_app.errors import FileRefused
from workflow_app.files import kinds, names, pdf
from workflow_app.files import office as office_files
from workflow_app.files.kinds import KINDS, recognise
from workflows.characters import legible


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "arrived"


@pytest.mark.parametrize("name", GOOD)
def test_honest_files_are_accepted(file: Path, name: str) -> None:
    file.write_bytes(GOOD[name])
    kind, kept = recognise(file, name)
    assert (f".{kind.key}", kept) == (names.extension(name), name)


def test_there_are_more_than_three_hundred_hostile_files() -> None:
    assert len(CORPUS) > 300
    assert len({(name, data) for name, data, _code in CORPUS.values()}) > 300


@pytest.mark.parametrize("what", CORPUS)
def test_hostile_files_are_refused_with_a_sentence(file: Path, what: str) -> None:
    name, data, code = CORPUS[what]
    file.write_bytes(data)
    if code == "harmless":
        recognise(file, names.tidy(name))
        return
    with pytest.raises(FileRefused) as refused:
        recognise(file, names.tidy(name))
    assert refused.value.say("zh").endswith("。")
    assert refused.value.say("en").endswith(".")
    if code != "refused":
        assert refused.value.code == code, refused.value.zh


def refusal_of(file: Path) -> FileRefused:
    file.write_bytes(plain())
    with pytest.raises(FileRefused) as refused:
        recognise(file, "文件.pdf")
    return refused.value


def test_a_pdf_that_takes_too_long_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    endless = file.with_name("endless.py")
    endless.write_text("while True: pass")
    monkeypatch.setattr(pdf, "LOOK", endless)
    monkeypatch.setattr(pdf, "MOST_WAIT", 0.5)
    assert refusal_of(file).code == "file_bomb"


def test_a_pdf_that_ends_the_process_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crashing = file.with_name("crashing.py")
    crashing.write_text("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    monkeypatch.setattr(pdf, "LOOK", crashing)
    assert refusal_of(file).code == "file_bomb"


def test_a_fault_of_our_own_is_no_verdict(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faulty = file.with_name("faulty.py")
    faulty.write_text("import nothing_of_this_name")
    monkeypatch.setattr(pdf, "LOOK", faulty)
    file.write_bytes(plain())
    with pytest.raises(subprocess.CalledProcessError):
        recognise(file, "文件.pdf")


def test_what_a_verdict_may_be_is_known_on_both_sides() -> None:
    """The other process is not imported; its verdicts are read from its source."""
    told = set(re.findall(r'(?:Found\(|return |: )"([a-z]+)"', pdf.LOOK.read_text(encoding="utf-8")))
    assert told == {*pdf.REFUSALS, "broken"}


@pytest.mark.parametrize("kind", ["pdf", "docx", "png", "jpg", "gif", "webp", "mp4", "mp3", "heic", "xlsx"])
def test_a_cut_off_file_never_crashes_the_check(file: Path, kind: str) -> None:
    """Cut anywhere: accepted (what phones append may be missing) or refused, never an error."""
    data = next(data for name, data in GOOD.items() if name.endswith(kind))
    for cut in range(1, len(data), max(1, len(data) // 60)):
        file.write_bytes(data[:cut])
        try:
            recognise(file, f"x.{kind}")
        except FileRefused:
            continue


@given(st.binary(max_size=300), st.sampled_from(sorted(GOOD)), st.integers(0, 400))
def test_a_spoilt_file_never_crashes_the_check(noise: bytes, name: str, at: int) -> None:
    data = GOOD[name]
    spoilt = data[: at % len(data)] + noise + data[at % len(data) + len(noise) :]
    with contextlib.suppress(FileRefused):
        kinds._key(spoilt, name)


def test_a_name_without_extension_gets_one(file: Path) -> None:
    file.write_bytes(png())
    assert recognise(file, "照片") == (KINDS["png"], "照片.png")


@pytest.mark.parametrize("name", ["照片.JPG", "照片.jpeg", "照片.JPEG"])
def test_other_spellings_of_an_extension(file: Path, name: str) -> None:
    file.write_bytes(jpg())
    assert recognise(file, name) == (KINDS["jpg"], name)


def test_office_files_are_read_from_a_map_as_from_bytes(file: Path) -> None:
    file.write_bytes(office("docx"))
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
        assert office_files.check(data) == office_files.check(office("docx")) == "docx"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_plain_text_in_the_encodings_schools_use(file: Path, encoding: str) -> None:
    file.write_bytes("校本研修：第一次活动，㐂𠮷。\r\n\t1 < 2 且 a<b\r\n".encode(encoding))
    assert recognise(file, "说明.txt")[0].key == "txt"


def test_long_text_is_cut_between_characters_by_no_piece(file: Path) -> None:
    file.write_bytes(("研" * 700_000).encode())
    assert recognise(file, "长文.txt")[0].key == "txt"


def test_only_pictures_and_pdf_are_shown_in_the_browser() -> None:
    assert {key for key, kind in KINDS.items() if kind.inline} == {"pdf", "jpg", "png", "gif", "webp"}
    assert not any("svg" in kind.mime or "html" in kind.mime or kind.key == "xml" for kind in KINDS.values())


def test_a_picture_may_be_padded(file: Path) -> None:
    file.write_bytes(gif() + bytes(16))
    assert recognise(file, "x.gif")[0].key == "gif"


# --- names ---------------------------------------------------------------------------------------

NAMES = {
    "../../etc/passwd": "passwd",
    "C:\\fakepath\\教案.docx": "教案.docx",
    "..": "附件",
    "": "附件",
    "   ": "附件",
    ".docx": "附件.docx",
    ".": "附件",
    "CON.txt": "_CON.txt",
    "con": "_con",
    "nul.tar.pdf": "_nul.tar.pdf",
    "lpt1 .txt": "_lpt1.txt",
    "console.txt": "console.txt",
    "a\u202efdp.exe": "afdp.exe",
    "a\u200bb\ufeff.txt": "ab.txt",
    "行一\n行二\r\t.txt": "行一 行二.txt",
    "a\x00b.txt": "ab.txt",
    'a<b>c:"d|e?f*.txt': "a_b_c__d_e_f_.txt",
    "教案.docx. . ": "教案.docx",
    "e\u0301.txt": "é.txt",
    "\ud800x.txt": "x.txt",
    "／全角.txt": "／全角.txt",
    "照片　一.jpg": "照片 一.jpg",
}


@pytest.mark.parametrize("sent", NAMES, ids=ascii)
def test_names_become_names_that_can_be_kept(sent: str) -> None:
    assert names.tidy(sent) == NAMES[sent]


@given(st.text(max_size=400))
def test_whatever_is_sent_becomes_a_safe_name(sent: str) -> None:
    name = names.tidy(sent)
    assert name
    assert len(name.encode()) <= names.MOST_BYTES
    assert not set(name) & set('/\\<>:"|?*\0\n')
    assert legible(name) == name
    assert name not in (".", "..")
    assert names.tidy(name) == name


def test_a_long_chinese_name_keeps_its_extension() -> None:
    name = names.tidy("研" * 300 + ".docx")
    assert name.endswith("研.docx")
    assert 220 < len(name.encode()) <= 230
    again = names.numbered(name, 12)
    assert again.endswith("研 (12).docx")
    assert len(again.encode()) <= 230


def test_numbers_stand_before_the_extension() -> None:
    assert names.numbered("照片.jpg", 2) == "照片 (2).jpg"
    assert names.numbered("照片", 3) == "照片 (3)"
