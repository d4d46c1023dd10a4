"""The archives Office files are: judged by their own table, then unpacked piece by piece.

Nothing is believed: sizes are counted, sums are compared, nothing is written anywhere. Whoever asks
brings limits of their own and has words of their own for each ``Fault``.
"""

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO

from workflow_app.files.refused import Data

_PIECE = 1 << 16
#: What ``zipfile`` raises for archives that are none.
_UNREADABLE = (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError, EOFError, OSError)
_END, _END_LENGTH = b"PK\x05\x06", 22


class Fault(StrEnum):
    """What is wrong with an archive, or with the document in it."""

    BROKEN = "broken"
    BOMB = "bomb"
    ENCRYPTED = "encrypted"
    NAMES = "names"
    SURROUNDED = "surrounded"
    OVERLAP = "overlap"
    MACROS = "macros"
    ACTIVE = "active"
    ENTITIES = "entities"
    OTHER_KIND = "other kind"


class Untrusted(Exception):
    """``zh`` and ``en`` say more of it, as the end of a sentence; "" where the fault says all."""

    def __init__(self, fault: Fault, zh: str = "", en: str = "") -> None:
        super().__init__(fault, en)
        self.fault, self.zh, self.en = fault, zh, en


@dataclass(frozen=True, slots=True)
class Limits:
    """Parts, bytes unpacked in all, and how many times larger than the file they may be.

    ``exact``: nothing but the archive from the first byte to the last.
    """

    parts: int
    unpacked: int
    growth: int
    exact: bool


class Archive:
    """The parts of an archive whose table of contents is sound.

    Raises:
        Untrusted.
    """

    def __init__(self, data: Data, limits: Limits) -> None:
        self._data, self._limits = data, limits
        if limits.exact and (bytes(data[-_END_LENGTH:-18]) != _END or data[-2:] != b"\0\0"):
            raise Untrusted(Fault.SURROUNDED)
        try:
            # The directory at the end is all that is read through this; mmap reads like a file.
            archive = zipfile.ZipFile(BytesIO(data) if isinstance(data, bytes) else data)  # type: ignore[arg-type]
        except (
            zipfile.BadZipFile,
            ValueError,
            NotImplementedError,
            OverflowError,
            EOFError,
            OSError,
        ) as error:
            raise Untrusted(Fault.BROKEN, "不是完整的 Office 文件", "the archive cannot be read") from error
        self.parts: Sequence[zipfile.ZipInfo] = archive.infolist()
        self._sizes()
        self._names()
        self._layout(archive.start_dir)
        self._by_name = {part.filename.casefold(): part for part in self.parts}

    # --- the table ---------------------------------------------------------------------------

    def _sizes(self) -> None:
        total, limits = sum(part.file_size for part in self.parts), self._limits
        most = min(limits.unpacked, limits.growth * len(self._data) + (1 << 20))
        if len(self.parts) > limits.parts or total > most:
            raise Untrusted(Fault.BOMB)
        if any(part.flag_bits & 0x41 for part in self.parts):
            raise Untrusted(Fault.ENCRYPTED)
        if any(part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for part in self.parts):
            raise Untrusted(Fault.BROKEN, "压缩方式不是 Office 用的", "an unusual compression")

    def _names(self) -> None:
        seen = set()
        for part in self.parts:
            name = part.orig_filename
            tricky = name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/")
            # Two parts of one name: which one would be shown?
            if tricky or not name.isprintable() or name.casefold() in seen:
                raise Untrusted(Fault.NAMES, "里面的部件名字不正常", "a part has an odd name")
            seen.add(name.casefold())

    def _layout(self, directory: int) -> None:
        """Parts stand one after the other before the directory, each under its name in it."""
        at = 0
        for number, part in enumerate(sorted(self.parts, key=lambda one: one.header_offset)):
            if number == 0 and part.header_offset and self._limits.exact:
                raise Untrusted(Fault.SURROUNDED)
            if part.header_offset < at:
                raise Untrusted(Fault.OVERLAP)
            at = self._start(part) + part.compress_size
        if at > directory:
            raise Untrusted(Fault.OVERLAP)

    def _start(self, part: zipfile.ZipInfo) -> int:
        """Where the bytes of a part begin, behind the part's own header."""
        at = part.header_offset
        head = bytes(self._data[at : at + 30]) if at >= 0 else b""
        if len(head) < 30 or head[:4] != b"PK\x03\x04":
            raise Untrusted(Fault.BROKEN, "里面的部件缺少开头", "a part has no header")
        length = int.from_bytes(head[26:28], "little")
        name = bytes(self._data[at + 30 : at + 30 + length])
        if name != part.orig_filename.encode("utf-8" if part.flag_bits & 0x800 else "cp437", "replace"):
            raise Untrusted(Fault.SURROUNDED)
        return at + 30 + length + int.from_bytes(head[28:30], "little")

    # --- the bytes ---------------------------------------------------------------------------

    def find(self, name: str) -> zipfile.ZipInfo | None:
        """The part of that name in any spelling, or None."""
        return self._by_name.get(name.casefold())

    def read(self, part: zipfile.ZipInfo, most: int) -> bytes:
        """The whole of a part. Raises Untrusted: also for more than ``most`` bytes."""
        if part.file_size > most:
            raise Untrusted(Fault.BOMB)
        return b"".join(self.pieces(part))

    def pieces(self, part: zipfile.ZipInfo) -> Iterator[bytes]:
        """The bytes of a part. Raises Untrusted: more, fewer or others than the directory says."""
        start, total, crc = self._start(part), 0, 0
        end = start + part.compress_size
        for piece in self._inflated(start, end) if part.compress_type else self._stored(start, end):
            total += len(piece)
            if total > part.file_size:
                raise Untrusted(Fault.BOMB)
            crc = zlib.crc32(piece, crc)
            yield piece
        if total != part.file_size or crc != part.CRC:
            raise Untrusted(Fault.BROKEN, "里面的部件损坏", "a part is damaged")

    def _stored(self, start: int, end: int) -> Iterator[bytes]:
        for at in range(start, end, _PIECE):
            yield bytes(self._data[at : min(at + _PIECE, end)])

    def _inflated(self, start: int, end: int) -> Iterator[bytes]:
        stream = zlib.decompressobj(-15)
        try:
            for piece in self._stored(start, end):
                while piece:
                    if stream.eof:
                        raise Untrusted(Fault.SURROUNDED)
                    yield stream.decompress(piece, _PIECE)
                    piece = stream.unconsumed_tail or stream.unused_data
            yield stream.flush()
        except zlib.error as error:
            raise Untrusted(Fault.BROKEN, "里面的部件损坏", "a part is damaged") from error
        if not stream.eof:
            raise Untrusted(Fault.BROKEN, "里面的部件不完整", "a part is cut off")
