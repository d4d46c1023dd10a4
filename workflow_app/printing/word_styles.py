"""The page of a Word file in the layout of GB/T 9704-2012: margins, styles, foot, what it says of itself."""

from datetime import UTC
from typing import Any
from xml.sax.saxutils import escape

from docx.enum.section import WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from workflow_app.printing.paper import Paper

#: Word's names; where a font is not installed, Word takes its own song type.
SONG, KAI, HEI, TITLE = "仿宋", "楷体", "黑体", "方正小标宋简体"
LINE = Pt(28.95)  # 22 lines on 225 mm
#: 28 characters of 16 pt on 156 mm: so many twentieths of a point closer.
CLOSER = "-5"
#: What may stand behind an element in its properties, in the order OOXML asks for.
_AFTER_SPACING = ("w:w", "w:kern", "w:position", "w:sz", "w:szCs", "w:highlight", "w:u", "w:effect", "w:lang")
_AFTER_AUTO_SPACE = ("w:bidi", "w:adjustRightInd", "w:snapToGrid", "w:spacing", "w:ind", "w:jc", "w:rPr")
SHEET_STYLE = "Approval Sheet"
BODY, SMALL = 16, 12
_APP = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
    "<Application>Yanxiu Sign-off</Application><Company>{company}</Company></Properties>"
)


def table_line(size: float) -> Any:
    """The distance of lines in a table; exact, for fonts differ in what they call single."""
    return Pt(size * 1.5)


def page(document: Any) -> None:
    section = document.sections[0]
    section.start_type = WD_SECTION.NEW_PAGE
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance = Mm(22)
    document.settings.odd_and_even_pages_header_footer = True
    # No grid: with one, LibreOffice gives each line of an exact height two. The styles say the 22
    # lines (exact line spacing) and the 28 characters (letter spacing) themselves.
    for grid in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(grid)


def properties(document: Any, paper: Paper) -> None:
    """What the file says of itself; the library's template says 2013, Word for Mac, and has a picture."""
    about = document.core_properties
    made_at = paper.made_at.astimezone(UTC).replace(tzinfo=None)
    about.title = paper.title.replace("\n", "")[:255]
    about.author = about.last_modified_by = paper.author[:255]
    about.created = about.modified = made_at
    about.comments = about.keywords = ""
    about.language = "zh-CN"
    about.revision = 1
    package = document.part.package
    for key, relation in list(package.rels.items()):
        if relation.reltype.endswith("/thumbnail"):
            del package.rels[key]
    for part in package.iter_parts():
        if part.partname == "/docProps/app.xml":
            part._blob = _APP.format(company=escape(paper.author)).encode()


def _font(style: Any, name: str, size: float) -> None:
    """A font for both scripts; python-docx alone would set it for Latin letters only."""
    style.font.name = name
    style.font.size = Pt(size)
    style.font.bold = style.font.italic = False
    style.font.color.rgb = RGBColor(0, 0, 0)
    closer = OxmlElement("w:spacing")
    closer.set(qn("w:val"), CLOSER if size == BODY else "0")
    style.element.get_or_add_rPr().insert_element_before(closer, *_AFTER_SPACING)
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


def styles(document: Any) -> None:
    """Give the document the styles of an official paper: typefaces, sizes in points, spacing, language."""
    known = document.styles
    both = WD_ALIGN_PARAGRAPH.JUSTIFY
    for name in ("Form Help", "Signature", "Table Text", "Table Head", "Note", SHEET_STYLE, "Attachment"):
        if name not in [style.name for style in known]:
            known.add_style(name, WD_STYLE_TYPE.PARAGRAPH).base_style = known["Normal"]
    for lang in [*known.element.iter(qn("w:lang")), *document.settings.element.iter(qn("w:themeFontLang"))]:
        lang.set(qn("w:eastAsia"), "zh-CN")
    for name, font, size, align, indent, spacing in (
        ("Normal", SONG, 16, both, 32, LINE),
        ("Title", TITLE, 22, WD_ALIGN_PARAGRAPH.CENTER, 0, Pt(35)),
        ("Subtitle", KAI, 16, WD_ALIGN_PARAGRAPH.CENTER, 0, LINE),
        ("Heading 1", HEI, 16, both, 32, LINE),
        ("Heading 2", KAI, 16, both, 32, LINE),
        ("Form Help", KAI, 12, both, 32, LINE),
        ("Attachment", SONG, 16, both, 32, LINE),
        ("Signature", SONG, 16, WD_ALIGN_PARAGRAPH.RIGHT, 0, LINE),
        ("Table Text", SONG, SMALL, WD_ALIGN_PARAGRAPH.LEFT, 0, table_line(SMALL)),
        ("Table Head", HEI, SMALL, WD_ALIGN_PARAGRAPH.CENTER, 0, table_line(SMALL)),
        ("Note", SONG, 9, both, 0, None),
        (SHEET_STYLE, TITLE, 22, WD_ALIGN_PARAGRAPH.CENTER, 0, Pt(35)),
    ):
        _font(known[name], font, size)
        _shape(known[name], align, indent, spacing)
    for name in ("w:autoSpaceDE", "w:autoSpaceDN"):  # no gap between Chinese and digits, as in the PDF
        off = OxmlElement(name)
        off.set(qn("w:val"), "0")
        known["Normal"].element.get_or_add_pPr().insert_element_before(off, *_AFTER_AUTO_SPACE)
    known["Signature"].paragraph_format.right_indent = Pt(64)
    known["Subtitle"].paragraph_format.space_after = Pt(14)
    for name in ("Heading 1", "Heading 2", "Form Help"):
        known[name].paragraph_format.keep_with_next = True
    border = known["Title"].element.get_or_add_pPr().find(qn("w:pBdr"))
    if border is not None:  # the default template draws a line under a title
        border.getparent().remove(border)


# --- the foot: — 1 — -------------------------------------------------------------------------


def footer(document: Any, mark: str) -> None:
    """Page numbers as GB/T 9704 has them: odd pages right, even pages left; ``mark`` goes into the header."""
    section = document.sections[0]
    sides = (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT),
        (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT),
    )
    for side, align in sides:
        side.is_linked_to_previous = False
        paragraph = side.paragraphs[0]
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
