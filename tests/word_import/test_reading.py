"""What a reader of a Word file sees is what is read: numbers, boxes, notes, changes, cells."""

import docx
import pytest
from docx.enum.style import WD_STYLE_TYPE

from tests.word_import.word_files import add_table, changed, made, p, r, saved, with_body
from workflow_app.word_reading.numbering import spelled
from workflow_app.word_reading.reading import Paragraph, Table, read, words


def level(index: int, kind: str, shown: str, more: str = "") -> str:
    return (
        f'<w:lvl w:ilvl="{index}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/>{more}'
        f'<w:lvlText w:val="{shown}"/></w:lvl>'
    )


NOTHING = '<w:suff w:val="nothing"/>'
NUMBERING = (
    '<w:numbering xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    '<w:abstractNum w:abstractNumId="7">'
    + level(0, "chineseCountingThousand", "%1、", NOTHING)
    + level(1, "chineseCounting", "\uff08%2\uff09", NOTHING)
    + level(2, "decimal", "%3.")
    + level(3, "decimal", "%1.%3.%4", "<w:isLgl/>")
    + level(4, "bullet", "\uf0b7")
    + '</w:abstractNum><w:num w:numId="3"><w:abstractNumId w:val="7"/></w:num>'
    '<w:num w:numId="4"><w:abstractNumId w:val="7"/><w:lvlOverride w:ilvl="2">'
    '<w:startOverride w:val="5"/></w:lvlOverride></w:num></w:numbering>'
)


def texts(data: bytes) -> list[str]:
    return list(words(read(data).blocks))


def listed(text: str, level: int, list_id: int = 3) -> str:
    return p(r(text), f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{list_id}"/></w:numPr>')


def test_automatic_numbers_are_read_as_word_shows_them() -> None:
    document = docx.Document()
    assert document.part.numbering_part is not None  # there from the template
    data = with_body(
        listed("指导思想", 0),
        listed("总则", 1),
        listed("要点", 2),
        listed("细则", 3),
        listed("再要点", 2),
        listed("附则", 1),
        listed("从头", 2),
        listed("另起", 2, 4),
        listed("研修目标", 0),
        listed("点", 4),
    )
    read_ = texts(changed(data, {"word/numbering.xml": NUMBERING}))
    assert read_ == [
        "一、指导思想",
        "\uff08一\uff09总则",
        "1. 要点",
        "1.1.1 细则",
        "2. 再要点",
        "\uff08二\uff09附则",
        "1. 从头",
        "5. 另起",
        "二、研修目标",
        "• 点",
    ]


def test_numbers_of_a_style_count_too() -> None:
    document = docx.Document()
    style = document.styles.add_style("一级标题", WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = document.styles["Heading 1"]
    for text in ("指导思想", "研修目标"):
        document.add_paragraph(text, style="一级标题")

    def in_style(data: bytes) -> bytes:
        number = '<w:pPr><w:numPr><w:numId w:val="3"/></w:numPr></w:pPr>'
        head, tail = data.decode().split('w:val="一级标题"/>', 1)
        base, rest = tail.split("/>", 1)
        return f'{head}w:val="一级标题"/>{base}/>{number}{rest}'.encode()

    data = changed(saved(document), {"word/styles.xml": in_style, "word/numbering.xml": NUMBERING})
    blocks = read(data).blocks
    assert [block.words for block in blocks if isinstance(block, Paragraph)] == [
        "一、指导思想",
        "二、研修目标",
    ]
    assert {block.level for block in blocks if isinstance(block, Paragraph)} == {1}


@pytest.mark.parametrize(
    ("count", "kind", "shown"),
    [
        (10, "chineseCounting", "十"),
        (11, "chineseCounting", "十一"),
        (21, "chineseCounting", "二十一"),
        (105, "chineseCountingThousand", "一百零五"),
        (3, "chineseLegalSimplified", "叁"),
        (2, "ideographTraditional", "乙"),
        (4, "upperRoman", "IV"),
        (27, "lowerLetter", "aa"),
        (3, "decimalEnclosedCircle", "③"),
        (7, "decimalZero", "07"),
        (5, "somethingElse", "5"),
    ],
)
def test_spelling_of_numbers(count: int, kind: str, shown: str) -> None:
    assert spelled(count, kind) == shown


def test_inserted_text_is_read_and_deleted_text_is_not() -> None:
    data = with_body(
        p(
            r("保留")
            + f"<w:ins>{r('新加')}</w:ins>"
            + "<w:del><w:r><w:delText>删去</w:delText></w:r></w:del>"
            + f"<w:moveFrom>{r('移走')}</w:moveFrom><w:moveTo>{r('移来')}</w:moveTo>"
        ),
        "<w:tbl><w:tr><w:trPr><w:del/></w:trPr><w:tc>"
        + p(r("删去的行"))
        + "</w:tc></w:tr><w:tr><w:tc>"
        + p(r("留下的行"))
        + "</w:tc></w:tr></w:tbl>",
    )
    assert texts(data) == ["保留新加移来", "留下的行"]


def test_links_fields_controls_breaks_and_symbols() -> None:
    data = with_body(
        p(
            f"<w:hyperlink>{r('链接')}</w:hyperlink><w:fldSimple>{r('域')}</w:fldSimple>"
            "<w:r><w:instrText>PAGE</w:instrText></w:r>"
            f"<w:sdt><w:sdtContent>{r('控件')}</w:sdtContent></w:sdt>"
            "<w:r><w:br/><w:t>下一行</w:t><w:tab/><w:t>制表</w:t>"
            "<w:noBreakHyphen/><w:sym w:char='F0FE'/></w:r>"
            "<w:smartTag><w:r><w:t>标签</w:t></w:r></w:smartTag>"
        ),
        f"<w:sdt><w:sdtContent>{p(r('块控件'))}</w:sdtContent></w:sdt>",
    )
    assert texts(data) == ["链接域控件\n下一行 制表-☑标签", "块控件"]


def test_text_boxes_are_read_once_though_they_stand_there_twice() -> None:
    box = f"<w:txbxContent>{p(r('框里的话'))}</w:txbxContent>"
    data = with_body(
        p(
            r("正文")
            + "<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:txbx>"
            + box
            + "</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>"
            + box
            + "</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
        ),
    )
    assert texts(data) == ["正文", "框里的话"]


def test_notes_headers_and_footers() -> None:
    document = docx.Document()
    document.add_paragraph("正文")
    document.sections[0].header.paragraphs[0].text = "青禾县城关小学"
    document.sections[0].footer.paragraphs[0].text = "第 1 页 共 3 页"
    assert texts(saved(document)) == ["正文", "青禾县城关小学"]
    relation = (
        '<Relationship Id="rNote" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        'footnotes" Target="footnotes.xml"/></Relationships>'
    )
    notes = (
        '<w:footnotes xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        f'<w:footnote w:id="2">{p(r("脚注的话"))}</w:footnote></w:footnotes>'
    )
    data = changed(
        with_body(p(r("有注") + '<w:r><w:footnoteReference w:id="2"/></w:r>'), p(r("后文"))),
        {
            "word/_rels/document.xml.rels": lambda old: old.replace(b"</Relationships>", relation.encode()),
            "word/footnotes.xml": notes,
        },
    )
    assert texts(data) == ["有注", "脚注的话", "后文"]


def test_cells_merged_nested_and_shifted() -> None:
    document = docx.Document()
    table = add_table(document, [["时间", "地点", "内容"], ["九月", "会议室", "甲"], ["", "阶梯教室", "乙"]])
    table.cell(1, 0).merge(table.cell(2, 0))
    inner = table.cell(2, 2).add_table(rows=1, cols=1)
    inner.cell(0, 0).text = "表中表"
    top = table.add_row()
    top.cells[0].merge(top.cells[2]).text = "合计"
    (block,) = [one for one in read(saved(document)).blocks if isinstance(one, Table)]
    assert [[cell.words for cell in row] for row in block.rows] == [
        ["时间", "地点", "内容"],
        ["九月", "会议室", "甲"],
        ["", "阶梯教室", "乙\n表中表"],
        ["合计"],
    ]
    assert block.rows[2][0].below
    assert block.rows[3][0].span == 3


def test_pictures_are_counted_and_invisible_characters_left_out() -> None:
    data = with_body(p(r("看\u200e见\u202e了\u0085吗")))
    assert texts(data) == ["看见了\n吗"]
    assert read(made("没有图")).pictures == 0


def test_a_table_of_contents_is_marked_as_one() -> None:
    contents = (
        '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj></w:sdtPr>'
        f"<w:sdtContent>{p(r('一、指导思想 1'))}</w:sdtContent></w:sdt>"
    )
    first, second = read(with_body(contents, p(r("一、指导思想")))).blocks
    assert isinstance(first, Paragraph)
    assert isinstance(second, Paragraph)
    assert (first.source, second.source) == ("contents", "body")


def test_the_strict_flavour_is_read() -> None:
    strict = changed(
        made("严格格式"),
        {
            "word/document.xml": lambda old: old.replace(
                b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
                b"http://purl.oclc.org/ooxml/wordprocessingml/main",
            )
        },
    )
    assert texts(strict) == ["严格格式"]
