"""A paper as PDF, set by typst.

typst gets one constant template and the paper as JSON: nobody's text is ever read as markup.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import asdict
from datetime import timedelta, timezone
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, cast

from workflow_app.printing import fonts
from workflow_app.printing.paper import Attached, Check, Grid, Paper
from workflow_app.printing.tables import CELL_MARGIN, TEXT_WIDTH

TEMPLATE = Path(__file__).with_name("paper.typ")
#: What does not break by itself: more than so many characters without a blank or a Chinese character.
_UNBROKEN = r"[^\s\u2e80-\U0003ffff]{%d,}"
_BREAK = "\u200b"
_WORDS = "扫码或输入查验码，可核对签批情况、比对文件。"


def pdf(paper: Paper, font_dirs: Iterable[Path] = ()) -> bytes:
    """The paper as an unsigned PDF/A-2b file. What no font has is printed as its code point."""
    import typst

    folders = tuple(font_dirs)
    said = json.dumps(_said(paper), ensure_ascii=False)
    said = fonts.spelled(said, fonts.without_glyph(said, folders))
    try:
        return _compiled(said, paper, folders)
    except typst.TypstError as error:
        # Characters that have their glyphs in different fonts and belong together, as a letter and its mark.
        together = fonts.uncommon("".join(fonts.named_in(error)))
        if not together:
            raise
        return _compiled(fonts.spelled(said, together), paper, folders)


def without_glyph(paper: Paper, font_dirs: Iterable[Path] = ()) -> tuple[str, ...]:
    """The characters of the paper that will be printed as code points."""
    return fonts.without_glyph(json.dumps(_said(paper), ensure_ascii=False), tuple(font_dirs))


def _compiled(said: str, paper: Paper, font_dirs: tuple[Path, ...]) -> bytes:
    import typst

    # typst takes whole seconds with an offset, not a zone with its history.
    # typst takes whole seconds with an offset, not a zone with its history.
    made_at = paper.made_at.astimezone(timezone(timedelta(hours=8))).replace(microsecond=0)
    book, families = fonts.book(font_dirs)
    compiler = typst.Compiler(_source(), font_paths=book, sys_inputs={"paper": said, "fonts": families})
    return cast(bytes, compiler.compile(format="pdf", pdf_standards="a-2b", timestamp=made_at))


@lru_cache(maxsize=1)
def _source() -> bytes:
    return TEMPLATE.read_bytes()


def _said(paper: Paper) -> dict[str, Any]:
    """The paper as the template reads it."""
    return {
        "title": _breakable(paper.title, 20),
        "author": paper.author,
        "byline": _breakable(paper.byline, 28),
        "mark": paper.mark,
        "stamp": paper.mark.startswith("草稿"),
        "blocks": [
            _grid(block)
            if isinstance(block, Grid)
            else {"kind": block.kind, "text": _breakable(block.text, 28)}
            for block in paper.blocks
        ],
        "attachments": [_attached(item) for item in paper.attachments],
        "signed_off": [_breakable(line, 20) for line in paper.signed_off],
        "sheet": paper.sheet
        and {
            "title": paper.sheet.title,
            "facts": [[name, _fact(value)] for name, value in paper.sheet.facts],
            "acts": _grid(paper.sheet.acts, 10.5),
            "note": paper.sheet.note,
        },
        "check": paper.check and _check(paper.check),
    }


def _fact(value: str) -> str:
    return value if len(value) == 64 and value.isalnum() else _breakable(value, 30)


def _grid(grid: Grid, size: float = 12.0) -> dict[str, Any]:
    """A table whose long words may be broken where their column is too narrow for them."""
    room = [max(3, int((share * TEXT_WIDTH - CELL_MARGIN) / size / 0.62)) for share in grid.widths]
    rows = [[_breakable(text, most) for text, most in zip(row, room, strict=True)] for row in grid.rows]
    return {**asdict(grid), "rows": rows}


def _attached(item: Attached) -> dict[str, str]:
    size = f"{item.size / 1024:.0f} KB" if item.size < 1024 * 1024 else f"{item.size / 1024 / 1024:.1f} MB"
    return {"name": _breakable(item.name, 24), "words": f"（{size}，摘要 {item.sha256[:12]}）"}


def _check(check: Check) -> dict[str, str]:
    return {"code": check.code, "url": check.url, "words": _WORDS, "qr": qr(check.url)}


def qr(text: str) -> str:
    """A QR code as SVG."""
    import segno

    out = BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="svg", border=2, xmldecl=False, svgns=True)
    return out.getvalue().decode()


def _breakable(text: str, room: int) -> str:
    """Words longer than ``room`` may be broken anywhere."""
    if text.isascii() and len(text) <= room:
        return text
    return _long_words(room).sub(lambda match: _BREAK.join(match[0]), text)


@lru_cache(maxsize=200)
def _long_words(room: int) -> re.Pattern[str]:
    return re.compile(_UNBROKEN % (room + 1))
