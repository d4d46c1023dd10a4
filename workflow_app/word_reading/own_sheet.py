"""What this system prints beside the content of its own Word files: left out when such a file is read."""

from collections.abc import Iterable

from workflow_app.word_reading.blocks import Block, Paragraph
from workflow_app.word_reading.notices import Notices

#: Names of styles in a Word file this system wrote.
_SHEET, SECTION = "approval sheet", "heading 1"
#: Style -> kind of notice, for what is left out line by line.
_BESIDE = {"signature": "signature", "attachment": "attachments", "header": "mark"}


def only_content(blocks: Iterable[Block], notices: Notices) -> list[Block]:
    """The blocks without approval sheet, signature and list of attachments; each is named."""
    kept: list[Block] = []
    in_sheet = False
    for block in blocks:
        if isinstance(block, Paragraph):
            if block.style == _SHEET:
                in_sheet = True
                notices.add("sheet")
            elif block.style == SECTION:  # somebody wrote on behind the sheet
                in_sheet = False
            if block.style in _BESIDE and (not in_sheet or block.source == "margin"):
                notices.add(_BESIDE[block.style], block.words)
                continue
        if not in_sheet:
            kept.append(block)
    return kept
