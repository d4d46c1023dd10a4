"""A paper as PDF, set by typst.

typst gets one constant template and the paper as JSON: nobody's text is ever read as markup. The
fonts are the ones installed with us; ``FONT_DIRS`` may add 仿宋, 楷体 and 小标宋, which come first.
"""

import json
import os
import re
from collections.abc import Iterable
from dataclasses import asdict
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, cast

from workflow_app.printing.paper import CELL_MARGIN, TEXT_WIDTH, Attached, Check, Grid, Paper

TEMPLATE = Path(__file__).with_name("paper.typ")
_SERIF, _SANS, _SIGNS = "Noto Serif SC", "Noto Sans SC", "Noto Emoji"
#: What official papers ask for first, what is always there last.
FAMILIES = {
    "song": ("FangSong", "仿宋", "FangSong_GB2312", "仿宋_GB2312", "STFangsong", "华文仿宋", _SERIF),
    "kai": ("KaiTi", "楷体", "KaiTi_GB2312", "楷体_GB2312", "STKaiti", "华文楷体", _SERIF),
    "hei": ("SimHei", "黑体", "STHeiti", _SANS),
    "title": ("FZXiaoBiaoSong-B05S", "方正小标宋简体", "方正小标宋_GBK", "STZhongsong", _SERIF),
    "number": ("SimSun", "宋体", _SERIF),
    "mono": ("DejaVu Sans Mono", _SANS),
}
#: What does not break by itself: more than so many characters without a blank or a Chinese character.
_UNBROKEN = r"[^\s\u2e80-\U0003ffff]{%d,}"
_BREAK = "\u200b"
_WORDS = "扫码或输入查验码，可核对签批情况、比对文件。"


def pdf(paper: Paper, font_dirs: Iterable[Path] = ()) -> bytes:
    """The paper as an unsigned PDF file."""
    compiler, families = _compiler(tuple(font_dirs))
    inputs = {"paper": json.dumps(_said(paper), ensure_ascii=False), "fonts": families}
    return compiler(inputs)


@lru_cache(maxsize=4)
def _compiler(font_dirs: tuple[Path, ...]) -> tuple[Any, str]:
    """Fonts are looked through once, not for every paper."""
    import manimgx_fonts as other_scripts
    import pylopdf_fonts_zh_cn as own
    import typst

    folders = [*font_dirs, own.serif_path().parent, Path(other_scripts.__file__).parent]
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(path) for path in folders]
    )
    known = set(fonts.families())
    families = {use: [name for name in (*names, _SIGNS) if name in known] for use, names in FAMILIES.items()}
    source = TEMPLATE.read_bytes()

    def compile_(inputs: dict[str, str]) -> bytes:
        made = typst.Compiler(source, font_paths=fonts, sys_inputs=inputs)
        return cast(bytes, made.compile(format="pdf"))

    return compile_, json.dumps(families)


def _said(paper: Paper) -> dict[str, Any]:
    """The paper as the template reads it."""
    return {
        "title": _breakable(paper.title, 20),
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
    return _long_words(room).sub(lambda found: _BREAK.join(found[0]), text)


@lru_cache(maxsize=200)
def _long_words(room: int) -> re.Pattern[str]:
    return re.compile(_UNBROKEN % (room + 1))


def folders(setting: str) -> list[Path]:
    """``FONT_DIRS``: folders, separated as PATH is; those that are not there are passed over."""
    return [
        path for name in setting.split(os.pathsep) if name.strip() and (path := Path(name.strip())).is_dir()
    ]
