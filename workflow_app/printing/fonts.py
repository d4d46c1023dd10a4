"""The fonts papers are set in, and which characters none of them has.

All come with the installation (Noto, SIL Open Font License); ``FONT_DIRS`` may add 仿宋, 楷体, 小标宋,
which come first, and fonts for rare characters. Fonts of the machine are not looked at, so that a
paper looks the same wherever it is made.
"""

import json
import os
import re
from collections.abc import Iterable
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

#: Packages that carry fonts, and where in them: Chinese; other scripts; rare Chinese and Korean;
#: Tibetan, Mongolian, Yi, Dai and more. They are looked for and not imported.
PACKAGES = (
    ("pylopdf_fonts_zh_cn", "."),
    ("manimgx_fonts", "."),
    ("manimgx_fonts_cjk", "."),
    ("dynamic_font", "assets/fonts/fallback"),
)
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
#: Characters that every installation has, so that nearly no text has to be looked at any closer.
_COMMON = re.compile(
    "[\n -~\u3000-\u3002\u3008-\u3011\u3014\u3015\u3400-\u4db5\u4e00-\u9fa5\uff01-\uff5e·×—‘’“”…]+"
)
_TRIAL = (
    b'#set text(font: json(bytes(sys.inputs.fonts)).song, lang: "zh", region: "cn")\n'
    b"#for it in json(bytes(sys.inputs.characters)) { par(text(it)) }"
)
#: typst under PDF/A names every text it has no glyph for, as Rust writes a string.
_NO_GLYPH = re.compile(r'the text `"((?:[^"\\]|\\.)*)"` could not be displayed')
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-f]+)\}|(.))")
_PLAIN_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}


@lru_cache(maxsize=4)
def book(font_dirs: tuple[Path, ...]) -> tuple[Any, str]:
    """typst's fonts, and the families for each use as JSON. Looked through once, not for every paper."""
    import typst

    paths = [str(path) for path in (*font_dirs, *_installed())]
    found = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=paths)
    known = set(found.families())
    families = {use: [name for name in (*names, _SIGNS) if name in known] for use, names in FAMILIES.items()}
    return found, json.dumps(families)


def _installed() -> Iterable[Path]:
    for package, folder in PACKAGES:
        spec = find_spec(package)
        if spec and spec.submodule_search_locations:
            yield Path(spec.submodule_search_locations[0]) / folder


def without_glyph(text: str, font_dirs: tuple[Path, ...]) -> tuple[str, ...]:
    """The characters of a text that no font has, each once, by code point."""
    rare = uncommon(text)
    return _without_glyph(rare, font_dirs) if rare else ()


def uncommon(text: str) -> frozenset[str]:
    """The characters of a text that some installation may have no glyph for."""
    return frozenset(_COMMON.sub("", text))


@lru_cache(maxsize=500)
def _without_glyph(characters: frozenset[str], font_dirs: tuple[Path, ...]) -> tuple[str, ...]:
    import typst

    fonts, families = book(font_dirs)
    inputs = {"fonts": families, "characters": json.dumps(sorted(characters))}
    try:
        typst.Compiler(_TRIAL, font_paths=fonts, sys_inputs=inputs).compile(
            format="pdf", pdf_standards="a-2b"
        )
    except typst.TypstError as error:
        named = named_in(error)
        if not named:
            raise
        return tuple(sorted(characters.intersection("".join(named))))
    return ()


def named_in(error: Any) -> list[str]:
    """The texts a TypstError says it has no glyph for; none where it speaks of something else."""
    return [_ESCAPE.sub(_unescaped, text) for text in _NO_GLYPH.findall(error.diagnostic)]


def _unescaped(match: re.Match[str]) -> str:
    if match[1]:
        return chr(int(match[1], 16))
    return _PLAIN_ESCAPES.get(match[2], match[2])


def code_point(character: str) -> str:
    """U+30302."""
    return f"U+{ord(character):04X}"


def spelled(text: str, characters: Iterable[str]) -> str:
    """The text with these characters written as 〔U+30302〕."""
    return text.translate({ord(one): f"〔{code_point(one)}〕" for one in characters})


def folders(setting: str) -> tuple[Path, ...]:
    """``FONT_DIRS``: folders, separated as PATH is; those that are not there are passed over."""
    named = (Path(name.strip()) for name in setting.split(os.pathsep) if name.strip())
    return tuple(path for path in named if path.is_dir())
