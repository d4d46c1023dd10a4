"""What the files are, apart from their pages: PDF/A-2b, title, author and dates, Word's own parts."""

from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pytest

from tests.printing import pdfa, reading
from tests.printing.test_layout import a_paper, definition
from workflow_app.printing import blank_form, fonts, signing, typesetting, word
from workflow_app.printing.paper import Check, Paper, Text

MADE_AT = datetime(2026, 9, 1, 18, 30, 5, 123456, UTC)
CHECK = Check("7K3M-9QX2-VBTN-4H8D", "https://yanxiu.example.cn/check/7K3M-9QX2-VBTN-4H8D")


def a_signed_paper(certificate_folder: Path) -> bytes:
    made = Paper(
        "青禾县城关小学\n校本研修实施方案", "第1版", (Text("p", "正文😊，한글，\U0002bc21。"),),
        signed_off=("城关小学", "2026年9月1日"), check=CHECK, author="城关小学", made_at=MADE_AT,
    )  # fmt: skip
    return signing.sign(typesetting.pdf(made), signing.sealer(certificate_folder, "青禾县"))


def test_a_signed_paper_is_pdf_a(signing_key: Path, certificate: str) -> None:
    pdf = a_signed_paper(signing_key.parent)
    assert pdfa.faults(pdf) == []
    assert reading.signature(pdf, certificate).bottom_line


def test_drafts_and_blank_forms_are_pdf_a_too() -> None:
    draft = Paper("题", "", a_paper().blocks, mark="草稿，不用于签批")
    machine = definition()
    form = Paper("题", "", blank_form.blank(machine), sheet=blank_form.blank_sheet(machine))
    for made in (draft, form):
        assert pdfa.faults(typesetting.pdf(made)) == []


def test_a_file_that_is_no_pdf_a_is_noticed() -> None:
    import typst

    source = '#set text(font: "Noto Serif SC")\n甲\U0002bc21'.encode()
    plain = typst.Compiler(source, font_paths=fonts.book(())[0]).compile(format="pdf")
    assert isinstance(plain, bytes)
    assert [fault.partition(" ")[0] for fault in pdfa.faults(plain)] == ["6.6.4", "6.2.3", "6.2.11.8"]


def test_the_pdf_says_what_it_is_and_whose(signing_key: Path, tmp_path: Path) -> None:
    path = tmp_path / "paper.pdf"
    path.write_bytes(a_signed_paper(signing_key.parent))
    with pikepdf.open(path) as pdf, pdf.open_metadata() as xmp:
        assert xmp["dc:title"] == "青禾县城关小学校本研修实施方案" == pdf.docinfo["/Title"]
        assert xmp["dc:creator"] == ["城关小学"]
        assert pdf.docinfo["/Author"] == "城关小学"
        assert datetime.fromisoformat(xmp["xmp:CreateDate"]) == MADE_AT.replace(microsecond=0)
        assert xmp["dc:language"] == {"zh-CN"}
        assert pdf.Root.Lang == "zh-CN"


def test_word_says_what_it_is_and_whose() -> None:
    made = Paper("城关小学\n实施方案", "", (), author="城关小学 <一>", made_at=MADE_AT)
    docx = word.docx(made)
    about = reading.word(docx).core_properties
    assert (about.title, about.author, about.last_modified_by) == ("城关小学实施方案", *["城关小学 <一>"] * 2)
    assert about.created == about.modified == MADE_AT.replace(microsecond=0)
    assert "Macintosh" not in reading.part(docx, "docProps/app.xml")
    assert "城关小学 &lt;一&gt;" in reading.part(docx, "docProps/app.xml")


def test_word_has_no_grid_and_says_its_spacing_itself() -> None:
    docx = word.docx(a_paper())
    assert "docGrid" not in reading.part(docx, "word/document.xml")
    normal = reading.word(docx).styles["Normal"]
    assert normal.paragraph_format.line_spacing.pt == pytest.approx(28.95)
    assert 22 * normal.paragraph_format.line_spacing.mm <= 225
    closer = normal.element.rPr.find("{*}spacing").values()
    assert 28 * (16 + int(closer[0]) / 20) <= 156 / 25.4 * 72
    styles = reading.part(docx, "word/styles.xml")
    assert 'w:eastAsia="zh-CN"' in styles
