"""The structure of pictures, films and sound (PDF: ``pdf``): each check walks through the whole file.

A check is chosen by how the file begins and raises ``FileRefused`` for what is not put together so.
"""

from collections.abc import Callable, Iterator

from workflow_app.errors import FileRefused
from workflow_app.files import pdf
from workflow_app.files.refused import Data, broken

#: Width times height beyond which a picture is a trap for whoever opens it.
MOST_PIXELS = 200_000_000


def _number(data: Data, at: int, size: int, order: str = "big") -> int:
    piece = data[at : at + size]
    if len(piece) < size:
        raise broken("文件不完整", "it ends too early")
    return int.from_bytes(piece, "little" if order == "little" else "big")


def _pixels(width: int, height: int) -> None:
    if not (width and height):
        raise broken("图片没有大小", "the picture has no size")
    if width * height > MOST_PIXELS:
        raise FileRefused(
            "file_bomb", "图片的像素太多，打开它会卡死电脑，没有收。", "The picture has too many pixels."
        )


def _png(data: Data) -> None:
    at, first = 8, True
    while True:
        length, name = _number(data, at, 4), bytes(data[at + 4 : at + 8])
        if first and (name != b"IHDR" or length != 13):
            raise broken("PNG 图片缺少开头", "no IHDR")
        if first:
            _pixels(_number(data, at + 8, 4), _number(data, at + 12, 4))
        at, first = at + 12 + length, False
        if at > len(data) or not name.isalpha():
            raise broken("PNG 图片不完整", "a chunk is cut off")
        if name == b"IEND":
            break
    _ends(data, at)


def _ends(data: Data, at: int) -> None:
    """Nothing but padding behind the end."""
    if bytes(data[at : at + 4096]).strip(b"\0\r\n") or len(data) - at > 4096:
        raise FileRefused(
            "file_polyglot",
            "图片的末尾还接着别的内容，没有收。",
            "Something follows the end of the picture.",
        )


def _gif(data: Data) -> None:
    _pixels(_number(data, 6, 2, "little"), _number(data, 8, 2, "little"))
    at = 13 + _palette(data, 10)
    while (what := _number(data, at, 1)) != 0x3B:
        if what == 0x21:
            at = _sub_blocks(data, at + 2)
        elif what == 0x2C:
            at = _sub_blocks(data, at + 11 + _palette(data, at + 9))
        else:
            raise broken("GIF 图片的结构不对", "an unknown block")
    _ends(data, at + 1)


def _palette(data: Data, at: int) -> int:
    flags = _number(data, at, 1)
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _sub_blocks(data: Data, at: int) -> int:
    while length := _number(data, at, 1):
        at += length + 1
    return at + 1


def _jpeg(data: Data) -> None:
    """Markers up to the picture itself; what phones append behind it is let be."""
    at, sized = 2, False
    while True:
        if _number(data, at, 1) != 0xFF:
            raise broken("JPEG 图片的结构不对", "no marker")
        marker = _number(data, at + 1, 1)
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0xDA:
            break
        if marker in (0, 0xD8, 0xD9):
            raise broken("JPEG 图片的结构不对", "a marker out of place")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            _pixels(_number(data, at + 7, 2), _number(data, at + 5, 2))
            sized = True
        at += 2 + max(2, _number(data, at + 2, 2))
    if not sized or data.find(b"\xff\xd9", at) < 0:
        raise broken("JPEG 图片不完整", "it has no size or no end")


def _webp(data: Data) -> None:
    length = _number(data, 4, 4, "little") + 8
    if length > len(data) or bytes(data[12:16]) not in (b"VP8 ", b"VP8L", b"VP8X"):
        raise broken("WebP 图片不完整", "the RIFF size does not fit")
    if bytes(data[12:16]) == b"VP8X":
        _pixels(_number(data, 24, 3, "little") + 1, _number(data, 27, 3, "little") + 1)
    _ends(data, length)


def _boxes(data: Data) -> Iterator[bytes]:
    """Names of the boxes a film or a HEIC picture consists of; they must fill it exactly."""
    at = 0
    while at < len(data):
        length, header = _number(data, at, 4), 8
        if length == 1:
            length, header = _number(data, at + 8, 8), 16
        length = length or len(data) - at
        if length < header or at + length > len(data):
            raise broken("文件不完整", "a box is cut off")
        yield bytes(data[at + 4 : at + 8])
        at += length


def _film(data: Data) -> None:
    if b"moov" not in set(_boxes(data)):
        raise broken("视频不完整", "no moov box")


def _heic(data: Data) -> None:
    if b"meta" not in set(_boxes(data)):
        raise broken("图片不完整", "no meta box")


_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_BITS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_BITS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)


def _frame(data: Data, at: int) -> int:
    """The length of the MPEG layer III frame at ``at``; 0 when there is none."""
    head = data[at : at + 4]
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0 or head[1] >> 1 & 3 != 1:
        return 0
    version, bits, rate = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or bits in (0, 15) or rate == 3:
        return 0
    factor, table = (144, _BITS_1) if version == 3 else (72, _BITS_2)
    return factor * table[bits] * 1000 // _RATES[version][rate] + (head[2] >> 1 & 1)


def _sound(data: Data) -> None:
    at = 0
    if data[:3] == b"ID3":
        size = 0
        for byte in bytes(data[6:10]):
            size = size << 7 | byte & 0x7F
        at = 10 + size
        while at < len(data) and data[at : at + 1] == b"\0":
            at += 1
    for _ in range(3):
        length = _frame(data, at)
        if not length:
            raise broken("录音不完整", "no MPEG frames")
        at += length
        if at == len(data):
            break


def _brand(*brands: bytes) -> Callable[[Data], bool]:
    return lambda data: data[4:8] == b"ftyp" and bytes(data[8:12]) in brands


#: How a file begins, what it then is, and what checks the rest.
CHECKS: tuple[tuple[Callable[[Data], bool], str, Callable[[Data], None]], ...] = (
    (lambda data: data[:5] == b"%PDF-", "pdf", pdf.check),
    (lambda data: data[:8] == b"\x89PNG\r\n\x1a\n", "png", _png),
    (lambda data: data[:3] == b"\xff\xd8\xff", "jpg", _jpeg),
    (lambda data: data[:6] in (b"GIF87a", b"GIF89a"), "gif", _gif),
    (lambda data: data[:4] == b"RIFF" and data[8:12] == b"WEBP", "webp", _webp),
    (_brand(b"heic", b"heix", b"mif1", b"msf1", b"heim", b"heis"), "heic", _heic),
    (
        _brand(b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV"),
        "mp4",
        _film,
    ),
    (lambda data: data[:3] == b"ID3" or _frame(data, 0) > 0, "mp3", _sound),
)
