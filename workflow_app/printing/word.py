"""A paper as a Word file, in the layout of GB/T 9704-2012.

Headings are Word's own heading styles with their numbers written out, tables its own tables with a
repeated head: what is read back in finds sections, paragraphs and cells as they were written. The
approval sheet begins with a heading in the style ``Approval Sheet``; reading may stop there.
"""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_ROW_HEIGHT_RULE, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from workflow_app.printing import word_styles
from workflow_app.printing.paper import Attached, Grid, Paper, Sheet
from workflow_app.printing.word_styles import LINE, SHEET_STYLE, SMALL, table_line

SMALLER = 10.5
#: More attachments than these are not kept on one page with the end of the text.
MANY_ATTACHMENTS = 4
#: A page's characters: LibreOffice moves a kept paragraph whole, and wastes a page where it is longer.
LONGEST_KEPT = 22 * 28


def docx(paper: Paper) -> bytes:
    """The paper as the bytes of a .docx file."""
    document = Document()
    word_styles.page(document)
    word_styles.styles(document)
    word_styles.footer(document, paper.mark)
    word_styles.properties(document, paper)
    _lines(document.add_paragraph(style="Title"), paper.title)
    if paper.byline:
        document.add_paragraph(paper.byline, style="Subtitle")
    for block in paper.blocks:
        if isinstance(block, Grid):
            _table(document, block, SMALL)
        else:
            document.add_paragraph(block.text, style=_STYLES[block.kind])
    _attachments(document, paper.attachments)
    for index, line in enumerate(paper.signed_off):
        signed = document.add_paragraph(line, style="Signature")
        signed.paragraph_format.space_before = LINE * 2 if index == 0 else Pt(0)
    if paper.signed_off:
        _keep_with_text(document, paper)
    if paper.sheet:
        _sheet(document, paper.sheet)
    out = BytesIO()
    document.save(out)
    return out.getvalue()


_STYLES = {"h1": "Heading 1", "h2": "Heading 2", "p": "Normal", "options": "Normal", "help": "Form Help"}


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
    table._tblPr.insert_element_before(_cell_margins(), "w:tblLook")
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


def _cell_margins() -> Any:
    """Above and below the text of every cell, in twentieths of a point."""
    margins = OxmlElement("w:tblCellMar")
    for side in ("w:top", "w:bottom"):
        one = OxmlElement(side)
        one.set(qn("w:w"), "40")
        one.set(qn("w:type"), "dxa")
        margins.append(one)
    return margins


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
                paragraph.paragraph_format.line_spacing = table_line(size)
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


def _keep_with_text(document: Any, paper: Paper) -> None:
    """Who and when never stand on a page of their own (GB/T 9704).

    They stay with the end of the text (a paragraph, a table's last row), and after many attachments with
    the last of those.
    """
    listed = len(paper.attachments)
    spacer = 1 if paper.blocks and isinstance(paper.blocks[-1], Grid) else 0
    between = min(listed, 1) if listed > MANY_ATTACHMENTS else listed + min(listed, 1) + spacer
    first = -len(paper.signed_off) - between - 1
    for item in list(document.iter_inner_content())[first:-1]:
        if hasattr(item, "rows"):
            for cell in item.rows[-1].cells:
                for paragraph in cell.paragraphs:
                    paragraph.paragraph_format.keep_with_next = True
        elif len(item.text) < LONGEST_KEPT:
            item.paragraph_format.keep_with_next = True


def _sheet(document: Any, sheet: Sheet) -> None:
    heading = document.add_paragraph(sheet.title, style=SHEET_STYLE)
    heading.paragraph_format.page_break_before = True
    facts = Grid((), sheet.facts, (1 / 6, 5 / 6), (True, False), (False,) * len(sheet.facts))
    _table(document, facts, SMALLER)
    _table(document, sheet.acts, SMALLER)
    for line in sheet.note.split("\n"):
        document.add_paragraph(line, style="Note")
