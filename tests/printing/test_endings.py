"""Who and when stand below the text, on a page that has text, however long the document is."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.printing import reading
from workflow_app.printing import typesetting, word
from workflow_app.printing.paper import Attached, Block, Grid, Paper, Text

WHO, WHEN = "青禾县城关小学", "2026年9月1日"
HEAD = Text("h1", "一、安排")
Ending = Callable[[int], tuple[Block, ...]]


def short_paragraphs(lines: int) -> tuple[Block, ...]:
    return (HEAD, *(Text("p", f"第{number}段的话。") for number in range(lines)))


def one_paragraph(lines: int) -> tuple[Block, ...]:
    return (HEAD, Text("p", "一段很长的话。" * 4 * lines))


def a_heading_last(lines: int) -> tuple[Block, ...]:
    return (*short_paragraphs(lines), Text("h2", "（一）只有标题的话"))


def a_table(lines: int) -> tuple[Block, ...]:
    rows = tuple((str(number), f"第{number}次的话") for number in range(lines))
    return (HEAD, Grid(("序", "主题"), rows, (0.2, 0.8), (True, False), (False,) * lines))


def a_row_taller_than_a_page(lines: int) -> tuple[Block, ...]:
    row = ("1", "一格很长的话。" * 4 * (lines + 20))
    return (HEAD, Grid(("序", "主题"), (row,), (0.2, 0.8), (True, False), (True,)))


def the_paper(blocks: tuple[Block, ...], attachments: int) -> Paper:
    listed = tuple(Attached(f"附上的话{number}.pdf", 1024, "0" * 64) for number in range(attachments))
    return Paper("题目", "第1版", blocks, listed, (WHO, WHEN), author=WHO)


@pytest.mark.parametrize("attachments", [0, 1, 4, 5, 9])
@pytest.mark.parametrize(
    "ending", [short_paragraphs, one_paragraph, a_heading_last, a_table, a_row_taller_than_a_page]
)
def test_who_and_when_share_their_page_with_text(ending: Ending, attachments: int) -> None:
    counts = set()
    for lines in range(1, 46, 1 if attachments == 0 else 2):
        pages = list(map(reading.bare, reading.pages(typesetting.pdf(the_paper(ending(lines), attachments)))))
        (signed,) = [page for page in pages if WHEN in page]
        assert WHO in signed
        before = signed.partition(WHO)[0]
        # A last line may be a few characters long; the page's table head alone is no text.
        assert any(char in before.replace("序主题", "") for char in "话一段很长的。"), (lines, signed)
        assert signed is pages[-1]
        counts.add(len(pages))
    assert len(counts) > 1  # some of these lengths do run over


def kept_with_next(docx: bytes) -> list[bool]:
    """For each paragraph and each table's last row, in order: is it kept on one page with what follows?"""
    kept = []
    for item in reading.word(docx).iter_inner_content():
        last = item.rows[-1].cells[0].paragraphs[0] if hasattr(item, "rows") else item
        kept.append(bool(last.paragraph_format.keep_with_next))
    return kept


@pytest.mark.parametrize(
    ("ending", "attachments", "kept"),
    [(short_paragraphs, 0, 2), (short_paragraphs, 2, 5), (a_table, 0, 3), (short_paragraphs, 9, 3)],
)
def test_word_keeps_them_with_the_text(ending: Ending, attachments: int, kept: int) -> None:
    found = kept_with_next(word.docx(the_paper(ending(6), attachments)))
    assert found[-kept - 1 :] == [True] * kept + [False]
    assert not found[-kept - 2]


def test_a_paragraph_longer_than_a_page_is_not_moved_whole() -> None:
    blocks = (HEAD, Text("p", "话" * 700))
    assert kept_with_next(word.docx(the_paper(blocks, 0)))[-3:] == [False, True, False]


def opened_in_libreoffice(docx: bytes, folder: Path) -> list[str]:
    """The pages as LibreOffice lays them out."""
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice is not installed")
    (folder / "paper.docx").write_bytes(docx)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [program, profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder)]
    subprocess.run([*command, str(folder / "paper.docx")], check=True, capture_output=True, timeout=240)
    return [reading.bare(page) for page in reading.pages((folder / "paper.pdf").read_bytes())]


def test_word_and_pdf_take_as_many_pages(tmp_path: Path) -> None:
    """Single spacing in LibreOffice too: 22 lines to a page, as in the PDF."""
    paragraphs = (Text("p", "每位教师每学期上一节研究课" * (number % 9 + 1)) for number in range(60))
    made = the_paper((HEAD, *paragraphs), 2)
    opened = opened_in_libreoffice(word.docx(made), tmp_path)
    assert len(opened) == len(reading.pages(typesetting.pdf(made)))
    assert WHEN in opened[-1]
    assert "研究课" in opened[-1].partition(WHO)[0]
