"""What a Word file hides, adds or draws: left out and named, or taken in on its own."""

import pytest

from tests.word_import.test_reading import NUMBERING, level, listed, texts
from tests.word_import.word_files import changed, made, p, r, with_body
from workflow_app.word_reading.reading import Table, read

HIDDEN = "<w:r><w:rPr><w:vanish/></w:rPr><w:t>看不见</w:t></w:r>"
MATH = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'


def named(data: bytes) -> dict[str, tuple[int, tuple[str, ...]]]:
    return {one.kind: (one.count, one.texts) for one in read(data).notices}


def field(code: str, result: str = "") -> str:
    shown = f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{result}' if result else ""
    return (
        f'<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>{code}</w:instrText></w:r>{shown}'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def test_hidden_text_is_left_out_and_named() -> None:
    data = with_body(p(r("看得见") + HIDDEN + r("的")))
    assert texts(data) == ["看得见的"]
    assert named(data) == {"hidden": (1, ("看不见",))}


def test_text_hidden_by_a_style_and_shown_again_by_a_run() -> None:
    def hiding(styles: bytes) -> bytes:
        style = (
            '<w:style w:type="paragraph" w:styleId="Gone"><w:name w:val="gone"/><w:rPr><w:vanish/></w:rPr>'
            "</w:style></w:styles>"
        )
        return styles.replace(b"</w:styles>", style.encode())

    shown = '<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>露出</w:t></w:r>'
    data = changed(
        with_body(p(r("藏着") + shown, '<w:pStyle w:val="Gone"/>'), p(r("后文"))), {"word/styles.xml": hiding}
    )
    assert texts(data) == ["露出", "后文"]
    assert named(data) == {"hidden": (1, ("藏着",))}


def test_phonetic_guides_are_not_glued_to_their_words() -> None:
    ruby = (
        "<w:r><w:ruby><w:rt><w:r><w:t>yán</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>研</w:t></w:r></w:rubyBase>"
        "</w:ruby></w:r>"
    )
    old = field(r'EQ \* jc2 \* "Font:宋体" \* hps10 \o\ad(\s\up 9(xiū),修)')
    data = with_body(p(ruby + old + r("计划")))
    assert texts(data) == ["研修计划"]
    assert named(data) == {"ruby": (2, ("yán", "xiū"))}


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        (r"EQ \o\ac(○,3)", "3"),
        (r"EQ \f(1,2)", "1/2"),
        ("MACROBUTTON NoMacro 点这里写", "点这里写"),
        ("PAGE", ""),
    ],
)
def test_fields_that_show_their_code(code: str, shown: str) -> None:
    assert texts(with_body(p(r("甲") + field(code) + r("乙")))) == [f"甲{shown}乙"]


def test_the_code_of_a_field_is_no_text_and_an_open_one_swallows_nothing() -> None:
    inner = field("MERGEFIELD x", r("条件"))
    outer = (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>IF </w:instrText></w:r>' + inner
        + '<w:r><w:fldChar w:fldCharType="separate"/></w:r>' + r("结果")
        + '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )  # fmt: skip
    broken = '<w:r><w:fldChar w:fldCharType="begin"/></w:r>' + r("代码")
    assert texts(with_body(p(r("看") + outer), p(broken), p(r("下一段")))) == ["看结果", "下一段"]


def test_boxes_to_tick_and_lists_to_choose_from() -> None:
    tick = (
        '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox><w:checked/></w:checkBox></w:ffData>'
        '</w:fldChar></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )
    chosen = (
        '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:ddList><w:result w:val="1"/>'
        '<w:listEntry w:val="讲座"/><w:listEntry w:val="观摩"/></w:ddList></w:ffData></w:fldChar></w:r>'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )
    assert texts(with_body(p(tick + r("形式：") + chosen))) == ["☑形式：观摩"]


def test_word_art_and_charts_are_named() -> None:
    art = (
        "<w:r><w:pict><v:shape xmlns:v='urn:schemas-microsoft-com:vml'>"
        "<v:textpath string='保密'/></v:shape></w:pict></w:r>"
    )
    chart = (
        '<w:r><w:drawing><c:chart xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"/>'
        "</w:drawing></w:r>"
    )
    assert named(with_body(p(art + r("正文")), p(chart))) == {"word_art": (1, ("保密",)), "chart": (1, ())}


def test_shapes_that_hold_text_without_a_text_box_are_read() -> None:
    shape = (
        '<w:r><w:drawing xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:p><a:r><a:t>图形里的话'
        "</a:t></a:r></a:p></w:drawing></w:r>"
    )
    assert texts(with_body(p(r("正文") + shape))) == ["正文", "图形里的话"]


def equation() -> str:
    half = "<m:f><m:num><m:r><m:t>1</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f>"
    square = "<m:sSup><m:e><m:r><m:t>x</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup>"
    root = "<m:rad><m:deg/><m:e><m:r><m:t>a+b</m:t></m:r></m:e></m:rad>"
    return f"<m:oMath {MATH}>{half}{square}{root}</m:oMath>"


def test_equations_in_one_line_in_strict_files_too() -> None:
    data = with_body(p(r("率为") + equation()))
    strict = changed(
        data,
        {
            "word/document.xml": lambda old: old.replace(
                b"http://schemas.openxmlformats.org/officeDocument/2006/math",
                b"http://purl.oclc.org/ooxml/officeDocument/math",
            )
        },
    )
    for one in (data, strict):
        assert texts(one) == ["率为1/2x^2√(a+b)"]
        assert named(one) == {"equation": (1, ("1/2x^2√(a+b)",))}


def test_tracked_changes_and_comments_are_named() -> None:
    data = with_body(
        p(r("保留") + f"<w:ins>{r('新加')}</w:ins><w:del><w:r><w:delText>删去</w:delText></w:r></w:del>")
    )
    relation = (
        '<Relationship Id="rC" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        'comments" Target="comments.xml"/></Relationships>'
    )
    comments = (
        '<w:comments xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        f'<w:comment w:id="1">{p(r("再想想"))}</w:comment></w:comments>'
    )
    data = changed(
        data,
        {
            "word/_rels/document.xml.rels": lambda old: old.replace(b"</Relationships>", relation.encode()),
            "word/comments.xml": comments,
        },
    )
    assert named(data) == {"inserted": (1, ("新加",)), "deleted": (1, ("删去",)), "comment": (1, ("再想想",))}
    said = [one.say(language) for one in read(data).notices for language in ("zh", "en")]
    assert "修订中删去的文字 1 处，按同意删去处理，没有导入：「删去」。" in said


def test_marks_of_empty_sections_are_no_content() -> None:
    data = made("一、研修目标", "（未填写）", "二、研修内容", "课例。")
    assert "（未填写）" not in texts(data)
    assert named(data) == {"unfilled": (1, ())}


# --- numbers ---------------------------------------------------------------------------------


def test_empty_numbered_paragraphs_count() -> None:
    empty = p("", '<w:numPr><w:ilvl w:val="2"/><w:numId w:val="3"/></w:numPr>')
    gone = p("", '<w:numPr><w:ilvl w:val="2"/><w:numId w:val="3"/></w:numPr><w:rPr><w:del w:id="1"/></w:rPr>')
    data = with_body(listed("甲", 2), empty, gone, listed("乙", 2))
    assert texts(changed(data, {"word/numbering.xml": NUMBERING})) == ["1. 甲", "3. 乙"]


def test_a_level_begun_below_one_nobody_wrote_begins_that_one_too() -> None:
    data = with_body(listed("先有小标题", 1), listed("后有大标题", 0))
    assert texts(changed(data, {"word/numbering.xml": NUMBERING})) == ["（一）先有小标题", "二、后有大标题"]


def test_lists_whose_levels_stand_in_a_numbering_style() -> None:
    numbering = (
        '<w:numbering xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        '<w:abstractNum w:abstractNumId="1"><w:numStyleLink w:val="Listed"/></w:abstractNum>'
        '<w:abstractNum w:abstractNumId="2"><w:styleLink w:val="Listed"/>'
        + level(0, "chineseCounting", "%1、", '<w:suff w:val="nothing"/>')
        + '</w:abstractNum><w:num w:numId="3"><w:abstractNumId w:val="1"/></w:num>'
        '<w:num w:numId="9"><w:abstractNumId w:val="2"/></w:num></w:numbering>'
    )
    style = (
        '<w:style w:type="numbering" w:styleId="Listed"><w:name w:val="listed"/><w:pPr><w:numPr>'
        '<w:numId w:val="9"/></w:numPr></w:pPr></w:style></w:styles>'
    )
    data = changed(
        with_body(listed("指导思想", 0), listed("研修目标", 0)),
        {
            "word/numbering.xml": numbering,
            "word/styles.xml": lambda old: old.replace(b"</w:styles>", style.encode()),
        },
    )
    assert texts(data) == ["一、指导思想", "二、研修目标"]


def test_cells_with_nothing_but_an_automatic_number_keep_it() -> None:
    number = p("", '<w:numPr><w:ilvl w:val="2"/><w:numId w:val="3"/></w:numPr>')
    row = f"<w:tr><w:tc>{number}</w:tc><w:tc>{p(r('学课标'))}</w:tc></w:tr>"
    data = changed(with_body(f"<w:tbl>{row}{row}</w:tbl>"), {"word/numbering.xml": NUMBERING})
    (table,) = [one for one in read(data).blocks if isinstance(one, Table)]
    assert [[cell.words for cell in row] for row in table.rows] == [["1.", "学课标"], ["2.", "学课标"]]
