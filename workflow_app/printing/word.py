"""A paper as a Word file, in the layout of GB/T 9704-2012.

Headings are Word's own heading styles with their numbers written out, tables its own tables with a
repeated head: what is read back in finds sections, paragraphs and cells as they were written. The
approval sheet begins with a heading in the style ``Approval Sheet``; reading may stop there.
"""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.section import WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_ROW_HEIGHT_RULE, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from workflow_app.printing.paper import Attached, Grid, Paper, Sheet

#: Word's names; where a font is not installed, Word takes its own song type.
SONG, KAI, HEI, TITLE = "仿宋", "楷体", "黑体", "方正小标宋简体"
LINE = Pt(28.95)  # 22 lines on 225 mm
SHEET_STYLE = "Approval Sheet"
SMALL, SMALLER = 12, 10.5


def docx(paper: Paper) -> bytes:
    """The paper as the bytes of a .docx file."""
    document = Document()
    _page(document)
    _styles(document)
    _footer(document, paper.mark)
    document.core_properties.title = paper.title.replace("\n", "")[:255]
    document.core_properties.author = ""
    document.core_properties.comments = ""
    _lines(document.add_paragraph(style="Title"), paper.title)
    if paper.byline:
        document.add_paragraph(paper.byline, style="Subtitle")
    for block in paper.blocks:
        if isinstance(block, Grid):
            _table(document, block, SMALL)
        else:
            document.add_paragraph(block.text, style=_STYLES[block.kind])
    _attachments(document, paper.attachments)
    for line in paper.signed_off:
        document.add_paragraph(line, style="Signature")
    if paper.sheet:
        _sheet(document, paper.sheet)
    out = BytesIO()
    document.save(out)
    return out.getvalue()


_STYLES = {"h1": "Heading 1", "h2": "Heading 2", "p": "Normal", "options": "Normal", "help": "Form Help"}


# --- page and styles -------------------------------------------------------------------------


def _page(document: Any) -> None:
    section = document.sections[0]
    section.start_type = WD_SECTION.NEW_PAGE
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance = Mm(22)
    document.settings.odd_and_even_pages_header_footer = True
    grid = section._sectPr.find(qn("w:docGrid"))
    if grid is None:
        grid = OxmlElement("w:docGrid")
        section._sectPr.append(grid)
    # 22 lines of 28 characters: pitch in twentieths of a point, spacing in 1/4096 of a point.
    grid.set(qn("w:type"), "linesAndChars")
    grid.set(qn("w:linePitch"), "579")
    grid.set(qn("w:charSpace"), "-849")


def _font(style: Any, name: str, size: float) -> None:
    """A font for both scripts; python-docx alone would set it for Latin letters only."""
    style.font.name = name
    style.font.size = Pt(size)
    style.font.bold = style.font.italic = False
    style.font.color.rgb = RGBColor(0, 0, 0)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for attribute in list(fonts.attrib):
        if attribute.endswith("Theme"):
            del fonts.attrib[attribute]
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), name)


def _shape(style: Any, align: Any = None, indent: float = 0, spacing: Any = LINE) -> None:
    shape = style.paragraph_format
    shape.space_before = shape.space_after = Pt(0)
    shape.alignment = align
    shape.first_line_indent = Pt(indent)
    if spacing is None:
        shape.line_spacing_rule = WD_LINE_SPACING.SINGLE
    else:
        shape.line_spacing_rule = WD_LINE_SPACING.EXACTLY
        shape.line_spacing = spacing


def _styles(document: Any) -> None:
    styles = document.styles
    both = WD_ALIGN_PARAGRAPH.JUSTIFY
    for name in ("Form Help", "Signature", "Table Text", "Table Head", "Note", SHEET_STYLE, "Attachment"):
        if name not in [style.name for style in styles]:
            styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH).base_style = styles["Normal"]
    for name, font, size, align, indent, spacing in (
        ("Normal", SONG, 16, both, 32, LINE),
        ("Title", TITLE, 22, WD_ALIGN_PARAGRAPH.CENTER, 0, Pt(35)),
        ("Subtitle", KAI, 16, WD_ALIGN_PARAGRAPH.CENTER, 0, LINE),
        ("Heading 1", HEI, 16, both, 32, LINE),
        ("Heading 2", KAI, 16, both, 32, LINE),
        ("Form Help", KAI, 12, both, 32, LINE),
        ("Attachment", SONG, 16, both, 32, LINE),
        ("Signature", SONG, 16, WD_ALIGN_PARAGRAPH.RIGHT, 0, LINE),
        ("Table Text", SONG, SMALL, None, 0, None),
        ("Table Head", HEI, SMALL, WD_ALIGN_PARAGRAPH.CENTER, 0, None),
        ("Note", SONG, 9, both, 0, None),
        (SHEET_STYLE, TITLE, 22, WD_ALIGN_PARAGRAPH.CENTER, 0, Pt(35)),
    ):
        _font(styles[name], font, size)
        _shape(styles[name], align, indent, spacing)
    styles["Signature"].paragraph_format.right_indent = Pt(64)
    styles["Subtitle"].paragraph_format.space_after = Pt(14)
    for name in ("Heading 1", "Heading 2", "Form Help"):
        styles[name].paragraph_format.keep_with_next = True
    border = styles["Title"].element.get_or_add_pPr().find(qn("w:pBdr"))
    if border is not None:  # the default template draws a line under a title
        border.getparent().remove(border)


# --- the foot: — 1 — -------------------------------------------------------------------------


def _footer(document: Any, mark: str) -> None:
    section = document.sections[0]
    sides = (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT),
        (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT),
    )
    for footer, align in sides:
        footer.is_linked_to_previous = False
        paragraph = footer.paragraphs[0]
        paragraph.style = document.styles["Table Text"]
        paragraph.alignment = align
        paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Pt(14)
        for text, field in (("— ", ""), ("", "PAGE"), (" —", "")):
            run = paragraph.add_run(text)
            run.font.size = Pt(14)
            run.font.name = "宋体"
            run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "宋体")
            if field:
                _field(run, field)
    for header in (section.header, section.even_page_header):
        if mark:
            header.is_linked_to_previous = False
            header.paragraphs[0].style = document.styles["Note"]
            header.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
            header.paragraphs[0].add_run(mark)


def _field(run: Any, instruction: str) -> None:
    for kind, text in (("begin", ""), ("", instruction), ("end", "")):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.set(qn("xml:space"), "preserve")
            element.text = text
        run._r.append(element)


# --- parts -----------------------------------------------------------------------------------


def _lines(paragraph: Any, text: str) -> None:
    for index, line in enumerate(text.split("\n")):
        if index:
            paragraph.add_run().add_break(WD_BREAK.LINE)
        paragraph.add_run(line)


def _table(document: Any, grid: Grid, size: float) -> None:
    heads = 1 if grid.heads else 0
    table = document.add_table(rows=heads + len(grid.rows), cols=len(grid.widths), style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    widths = [Mm(156 * share) for share in grid.widths]
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    rows = list(table.rows)
    if heads:
        _row(rows[0], grid.heads, widths, size, None, head=True)
    for index, (row, texts) in enumerate(zip(rows[heads:], grid.rows, strict=True)):
        _row(row, texts, widths, size, grid.centred)
        if not grid.cut[index]:
            _flag(row, "w:cantSplit")
        if grid.height:
            row.height_rule, row.height = WD_ROW_HEIGHT_RULE.AT_LEAST, Mm(grid.height)
    spacer = document.add_paragraph(style="Note")
    spacer.paragraph_format.first_line_indent = Pt(0)


def _row(
    row: Any,
    texts: Sequence[str],
    widths: Sequence[Any],
    size: float,
    centred: Sequence[bool] | None,
    *,
    head: bool = False,
) -> None:
    style = "TableHead" if head else "TableText"
    for index, (cell, text) in enumerate(zip(row.cells, texts, strict=True)):
        cell.width = widths[index]
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
        for number, line in enumerate(text.split("\n")):
            paragraph = cell.paragraphs[0] if number == 0 else cell.add_paragraph()
            # By id, straight: python-docx looks through all styles for each paragraph it gives a style.
            paragraph._p.get_or_add_pPr().get_or_add_pStyle().val = style
            if centred and centred[index]:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            run = paragraph.add_run(line)
            if size != SMALL:
                run.font.size = Pt(size)
    if head:
        _flag(row, "w:cantSplit")
        _flag(row, "w:tblHeader")


def _flag(row: Any, name: str) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement(name))


def _attachments(document: Any, items: Sequence[Attached]) -> None:
    if items:
        document.add_paragraph(style="Attachment")
    for index, item in enumerate(items, 1):
        lead = "附件：" if index == 1 else "　　　"
        document.add_paragraph(f"{lead}{index}. {item.name}", style="Attachment")


def _sheet(document: Any, sheet: Sheet) -> None:
    heading = document.add_paragraph(sheet.title, style=SHEET_STYLE)
    heading.paragraph_format.page_break_before = True
    facts = Grid((), sheet.facts, (1 / 6, 5 / 6), (True, False), (False,) * len(sheet.facts))
    _table(document, facts, SMALLER)
    _table(document, sheet.acts, SMALLER)
    for line in sheet.note.split("\n"):
        document.add_paragraph(line, style="Note")
