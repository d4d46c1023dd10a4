"""Names of files as people see them: whatever was sent becomes a name that any system can keep.

The name is for eyes and downloads alone; on disk a file lies under its digest.
"""

import re
import unicodedata

from workflows.characters import legible

#: So many bytes of UTF-8 at most: common file systems stop at 255.
MOST_BYTES = 230
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_SPACES = re.compile(r"\s+")
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,8}\Z")
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)\s*(\.|\Z)")
NAMELESS = "附件"


def tidy(sent: str) -> str:
    """The last part of ``sent`` in form NFC, without anything invisible or forbidden; never empty.

    Kept within ``MOST_BYTES`` bytes; the extension survives.
    """
    last = legible(re.split(r"[/\\]", sent)[-1]).strip()
    name = _SPACES.sub(" ", _FORBIDDEN.sub("_", last)).strip(" .")
    if not name or (last.startswith(".") and _EXTENSION.fullmatch(f".{name}")):
        name = f"{NAMELESS}.{name}" if name else NAMELESS
    if _RESERVED.match(name):
        name = f"_{name}"
    return shortened(unicodedata.normalize("NFC", name))


def extension(name: str) -> str:
    """``.docx`` in small letters; "" for a name that has none."""
    found = _EXTENSION.search(name)
    return found[0].lower() if found else ""


def numbered(name: str, number: int) -> str:
    """``照片.jpg`` -> ``照片 (2).jpg``."""
    ending = name[len(name) - len(extension(name)) :]
    return shortened(name, f" ({number})" + ending)


def shortened(name: str, ending: str = "") -> str:
    """``name`` cut before its ending (its extension unless another is given) to ``MOST_BYTES``."""
    tail = name[len(name) - len(extension(name)) :]
    ending, stem = ending or tail, name.removesuffix(tail) if tail else name
    while len((stem + ending).encode()) > MOST_BYTES:
        stem = stem[:-1]
    return stem.rstrip(" .") + ending
