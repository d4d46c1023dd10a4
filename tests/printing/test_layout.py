"""What stands on the pages, whatever was typed; without a database."""

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import full_content
from tests.printing import pdfa, reading
from workflow_app.printing import blank_form, filled_form, fonts, paper, tables, typesetting, word, wording
from workflows.definition import Definition
from workflows.source import read

LAW = Path(__file__).resolve().parents[2] / "workflows"
MARKUP = '#let x = 1; #panic("boom") $a^2$ *粗* _斜_ `code` <label> @ref \\n // /* */ [x] = 标题 - 项 ~ "引"'


def definition(key: str = "school_plan") -> Definition:
    return read((LAW / f"{key}.yaml").read_text(encoding="utf-8"), key)[0]


def a_paper(key: str = "school_plan", **changes: Any) -> paper.Paper:
    return paper.Paper(
        "青禾县城关小学校本研修实施方案",
        "第1版",
        filled_form.filled(definition(key), full_content(**changes)),
    )


def row(**changes: Any) -> dict[str, Any]:
    return full_content()["activities"][0] | changes


# --- the layout ------------------------------------------------------------------------------


def test_the_page_is_that_of_an_official_paper() -> None:
    import pypdfium2

    document = pypdfium2.PdfDocument(typesetting.pdf(a_paper(goals="正文" * 3000)))
    millimetre = 72 / 25.4
    page = document[1]
    assert page.get_size() == pytest.approx((210 * millimetre, 297 * millimetre), abs=0.5)
    text = page.get_textpage()
    lines = {
        round(text.get_charbox(index)[1])
        for index in range(text.count_chars())
        if text.get_text_range(index, 1) == "正"
    }
    boxes = [
        text.get_charbox(index)
        for index in range(text.count_chars())
        if text.get_text_range(index, 1).strip()
    ]
    body = [box for box in boxes if box[1] > 35 * millimetre]
    assert min(box[0] for box in body) >= 28 * millimetre - 1
    assert max(box[2] for box in body) <= (210 - 26) * millimetre + 1
    assert max(box[3] for box in body) <= (297 - 37) * millimetre + 1
    assert len(lines) == 22
    first = text.get_text_range().splitlines()[0]
    assert len(first) == 28
    document.close()


def test_signs_and_other_scripts_are_printed_too() -> None:
    made = typesetting.pdf(a_paper(goals="有进步 😊 ✅，كۈن 先生。"))
    assert reading.fonts(made, "✅") == {"NotoEmoji-Regular"}
    assert reading.fonts(made, "كۈن") == {"NotoSansArabic-Regular"}
    assert "有进步" in reading.said(made)


RARE = "\U00020bb7\U0002c386"
SCRIPTS = "한국어 བོད་ཡིག ᠮᠣᠩᠭᠣᠯ ꆈꌠꁱꂷ ᥖᥭᥰ ᦟᦹᧉ"


def test_rare_characters_and_the_scripts_of_the_country_are_printed() -> None:
    goals = f"{RARE}{SCRIPTS}"
    made = typesetting.pdf(a_paper(goals=goals, activities=[row(theme=goals)]))
    assert reading.said(made).count(reading.bare(goals)) == 2
    assert fonts.without_glyph(goals, ()) == ()
    assert pdfa.faults(made) == []


def test_what_no_font_has_is_printed_as_its_code() -> None:
    made = a_paper(goals="刘\U0002bc21、\U00030302、\u0378。")
    assert typesetting.without_glyph(made) == ("\u0378", "\U0002bc21", "\U00030302")
    pdf = typesetting.pdf(made)
    assert "刘〔U+2BC21〕、〔U+30302〕、〔U+0378〕。" in reading.said(pdf)
    assert pdfa.faults(pdf) == []
    assert "刘\U0002bc21" in reading.word_text(word.docx(made))


def test_a_font_of_the_county_brings_its_characters(tmp_path: Path) -> None:
    """A font with one drawing, for a code point that has no character yet."""
    from fontTools.fontBuilder import FontBuilder
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    pen.lineTo((0, 700))
    pen.lineTo((700, 0))
    pen.closePath()
    drawing = pen.glyph()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "rare"])
    builder.setupCharacterMap({0x378: "rare"})
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "rare": drawing})
    builder.setupHorizontalMetrics({".notdef": (1000, 0), "rare": (1000, 0)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "County Rare", "styleName": "Regular", "psName": "CountyRare"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(tmp_path / "rare.ttf")
    made = a_paper(goals="\u0378")
    assert typesetting.without_glyph(made) == ("\u0378",)
    assert typesetting.without_glyph(made, [tmp_path]) == ()
    assert reading.fonts(typesetting.pdf(made, [tmp_path]), "\u0378") == {"CountyRare"}


def test_no_installation_lacks_what_counts_as_common() -> None:
    everything = "".join(map(chr, range(0x20, 0x10000)))
    common = "".join(sorted(set(everything) - fonts.uncommon(everything)))
    assert len(common) > 27_000
    made = paper.Paper("题", "", (paper.Text("p", common),))
    assert fonts._without_glyph(frozenset(common), ()) == ()
    assert "〔U+" not in reading.said(typesetting.pdf(made))


def test_pages_are_numbered_without_leading_zeros() -> None:
    found = reading.pages(typesetting.pdf(a_paper(goals="正文。" * 1500)))
    for number, text in enumerate(found, 1):
        assert f"—{number}—" in reading.bare(text)


@pytest.mark.parametrize("key", ["school_plan", "development_plan", "annual_summary"])
def test_every_kind_prints_blank_with_all_its_sections(key: str) -> None:
    machine = definition(key)
    form = paper.Paper(machine.title.zh, "", blank_form.blank(machine), sheet=blank_form.blank_sheet(machine))
    for text in (reading.said(typesetting.pdf(form)), reading.word_text(word.docx(form))):
        for part in machine.form:
            assert reading.bare(part.title.zh) in text
            for column in part.columns:
                assert reading.bare(column.title.zh) in text
        for state in machine.states.values():
            assert (reading.bare(state.title.zh) in text) or not state.ladder
        assert "审批单" in text


def test_headings_count_on_and_leave_out_what_is_empty() -> None:
    content = full_content(guiding_idea="", basis="依据。", goals="（一）第一层\n正文。")
    blocks = filled_form.filled(definition(), content)
    heads = [block.text for block in blocks if isinstance(block, paper.Text) and block.kind == "h1"]
    assert heads[0] == "一、制定依据"
    assert heads[1] == "二、领导小组"
    assert paper.Text("h2", "（一）第一层") in blocks
    assert "指导思想" not in "".join(heads)


def test_a_required_section_left_empty_says_so() -> None:
    blocks = filled_form.filled(definition(), full_content(goals="  "))
    at = next(
        i for i, block in enumerate(blocks) if isinstance(block, paper.Text) and "研修目标" in block.text
    )
    assert blocks[at + 1] == paper.Text("p", "（未填写）")


@pytest.mark.parametrize(
    ("number", "said"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (45, "四十五")]
)
def test_numerals(number: int, said: str) -> None:
    assert wording.numeral(number) == said


def test_dates_lose_their_leading_zeros() -> None:
    assert wording.dated("2026-09-01") == "2026年9月1日"
    assert wording.dated("九月初") == "九月初"


def test_a_table_repeats_its_head_and_cuts_no_row() -> None:
    rows = [row(theme=f"第{number}次{'研读课标，' * (number % 9)}完") for number in range(300)]
    made = a_paper(activities=rows)
    found = [reading.bare(text) for text in reading.pages(typesetting.pdf(made))]
    inside = [text for text in found if "教研组长" in text]
    assert len(inside) > 10
    for text in inside:
        assert "中心发言人" in text
    for number in range(300):
        whole = reading.bare(rows[number]["theme"])
        assert sum(whole in text for text in found) == 1, number
    xml = reading.part(word.docx(made), "word/document.xml")
    assert xml.count("<w:tblHeader/>") == 2
    assert xml.count("<w:cantSplit/>") == 300 + 2 + 2


def test_a_row_taller_than_a_page_is_cut_rather_than_lost() -> None:
    theme = "".join(f"第{number}句。" for number in range(500))
    text = reading.said(typesetting.pdf(a_paper(activities=[row(theme=theme)])))
    assert "第0句" in text
    assert "第499句" in text


def test_columns_get_what_they_need() -> None:
    shares = tables.shares(("学时", "主题"), [("2", "很长的主题" * 20)])
    assert sum(shares) == pytest.approx(1)
    assert shares[0] < 0.15


# --- numbers -----------------------------------------------------------------------------------


def lines(key: str, **content: Any) -> list[str]:
    blocks = filled_form.filled(definition(key), content)
    return [block.text for block in blocks if isinstance(block, paper.Text)]


def test_a_number_says_what_it_counts() -> None:
    said = lines("annual_summary", sessions_held=24, attendance=97.5, hours=36.0, credits=0)
    for text in ("全年研修次数：24次。", "平均出勤率：97.5%。", "人均学时：36学时。", "人均学分：0学分。"):
        assert text in said
    assert "计划学时：24学时。" in lines("school_plan", planned_hours=24)


def test_what_is_no_number_is_left_as_it_was_typed() -> None:
    assert "人均学时：约三十。" in lines("annual_summary", hours="约三十")


@pytest.mark.parametrize(
    ("value", "said"),
    [(24, "24"), (24.0, "24"), (0.5, "0.5"), (12345.67, "12345.67"), (2000000.5, "2000000.5")],
)
def test_numbers_lose_no_digit(value: float, said: str) -> None:
    assert wording.number(value) == said


# --- hostile text ----------------------------------------------------------------------------


def test_markup_is_only_text() -> None:
    made = a_paper(goals=MARKUP, activities=[row(theme=MARKUP)], rules='#import "x"\n= 一\n- 二')
    text = reading.said(typesetting.pdf(made))
    assert text.count(reading.bare(MARKUP)) == 2
    assert '#import"x"' in text
    assert MARKUP in "\n".join(p.text for p in reading.word(word.docx(made)).paragraphs)


def test_the_title_and_the_approval_sheet_are_text_too() -> None:
    sheet = paper.Sheet(
        "审批单", (("文件", MARKUP),), tables.grid(definition().form[3].columns, [(MARKUP,) * 3]), MARKUP
    )
    made = paper.Paper(MARKUP, MARKUP, (), (paper.Attached(MARKUP, 1, "0" * 64),), (MARKUP,), sheet)
    assert reading.said(typesetting.pdf(made)).count("#panic") == 9
    assert "<w:t>" in reading.part(word.docx(made), "word/document.xml")


def test_long_words_stay_on_the_page() -> None:
    import pypdfium2

    word = "W" * 400
    made = a_paper(goals=word, activities=[row(theme=word, place=word[:60])])
    document = pypdfium2.PdfDocument(typesetting.pdf(made))
    for page in document:
        text = page.get_textpage()
        for index in range(text.count_chars()):
            if text.get_text_range(index, 1) == "W":
                left, _bottom, right, _top = text.get_charbox(index)
                assert 28 / 25.4 * 72 - 1 <= left < right <= (210 - 26) / 25.4 * 72 + 1
    document.close()
    assert reading.said(typesetting.pdf(made)).count("W") == 860


STRANGE = (
    "\U0001f600\U0001f469\u200d\U0001f469\u200d\U0001f467",
    "\u0645\u0631\u062d\u0628\u0627 \u0639\u0627\u0644\u0645",
    "\u202eabc\u202c",
    "\x00\x01\x1f",
    "\ud800",
    "e\u0301" * 50,
    "\ufdfd" * 50,
)


@pytest.mark.parametrize("text", STRANGE, ids=ascii)
def test_strange_characters_break_nothing(text: str) -> None:
    made = a_paper(goals=f"前{text}后", activities=[row(theme=text or "x")])
    found = reading.said(typesetting.pdf(made))
    assert "前" in found
    assert "后" in found
    assert "前" in reading.word_text(word.docx(made))


def test_a_paragraph_of_ten_thousand_characters() -> None:
    text = "".join(f"{number:04d}号" for number in range(2000))
    found = reading.said(typesetting.pdf(a_paper(goals=text)))
    assert "0000号" in found
    assert "1999号" in found


@given(st.text(st.characters(blacklist_categories=("Cs",)), max_size=60))
@settings(max_examples=25, deadline=None)
def test_whatever_is_typed_prints(text: str) -> None:
    made = a_paper(goals=f"起{text}止", leading_group=[{"post": "组长", "name": text, "duty": text}])
    assert typesetting.pdf(made).startswith(b"%PDF")
    assert word.docx(made).startswith(b"PK")


# --- speed, fonts, words ---------------------------------------------------------------------


def test_twenty_pages_in_under_two_seconds() -> None:
    goals = "\n".join("为了提高课堂质量，每位教师每学期上一节研究课，课后写出改进。" * 4 for _ in range(110))
    made = a_paper(goals=goals, activities=[row(theme=f"主题{n}") for n in range(60)])
    typesetting.pdf(a_paper())  # the fonts are looked through once per process
    began = time.perf_counter()
    pdf = typesetting.pdf(made)
    assert time.perf_counter() - began < 2
    assert len(reading.pages(pdf)) >= 20


def test_without_fonts_of_the_county_the_installed_ones_do(tmp_path: Path) -> None:
    assert fonts.folders(f"{tmp_path}:/no/such/folder") == (tmp_path,)
    assert b"NotoSerifSC" in typesetting.pdf(a_paper(), [tmp_path])


def test_a_draft_says_that_it_is_one_on_every_page() -> None:
    made = paper.Paper(
        "题", "", filled_form.filled(definition(), full_content(goals="字" * 2000)), mark="草稿，不用于签批"
    )
    for text in reading.pages(typesetting.pdf(made)):
        assert "草稿，不用于签批" in reading.bare(text)
    assert "草稿，不用于签批" in reading.part(word.docx(made), "word/header1.xml")


def test_word_has_real_headings_and_official_fonts() -> None:
    docx = word.docx(a_paper(goals="（一）第一层\n正文"))
    found = reading.word(docx)
    styles = {p.text: p.style.name for p in found.paragraphs}
    assert styles["二、研修目标"] == "Heading 1"
    assert styles["（一）第一层"] == "Heading 2"
    section = found.sections[0]
    assert [round(length.mm) for length in (section.top_margin, section.left_margin)] == [37, 28]
    xml = reading.part(docx, "word/styles.xml")
    for font in ("仿宋", "楷体", "黑体", "方正小标宋简体"):
        assert f'w:eastAsia="{font}"' in xml
    assert " PAGE " in reading.part(docx, "word/footer1.xml") or "PAGE" in reading.part(
        docx, "word/footer1.xml"
    )


def test_a_long_title_breaks_before_the_kind_of_document() -> None:
    kind = "校本研修实施方案"
    assert wording.title_lines(f"青禾县第二初级中学 2026—2027 学年{kind}", kind).endswith(f"学年\n{kind}")
    assert wording.title_lines(f"青禾县第二初级中学 2026—2027 学年 {kind}", kind).endswith(f"学年\n{kind}")
    assert wording.title_lines(kind, kind) == kind
    assert "\n" not in wording.title_lines("别的题目" * 8, kind)
