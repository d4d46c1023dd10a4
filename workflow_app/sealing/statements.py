"""What is signed: a checkpoint of the tree (C2SP tlog-checkpoint), and which key signs from when on."""

import base64
import re
from dataclasses import dataclass
from typing import Self

from workflow_app import clock
from workflow_app.sealing.notes import NotANote, VerifierKey

_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")
_KEY_HEAD = "yanxiu-signoff/seal-key/v1 "


@dataclass(frozen=True, slots=True)
class TreeHead:
    """The text of a checkpoint: whose tree, how many leaves, their root, when."""

    origin: str
    size: int
    root: bytes
    at: str

    def text(self) -> str:
        root = base64.b64encode(self.root).decode()
        return f"{self.origin}\n{self.size}\n{root}\ntime {self.at}\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises NotANote."""
        try:
            origin, size, root, time, end = text.split("\n")
            word, _, at = time.partition(" ")
            clock.parse(at)
            found = cls(origin, int(size), base64.b64decode(root, validate=True), at)
        except ValueError as error:
            raise NotANote(text) from error
        if end or word != "time" or not origin or not _NUMBER.fullmatch(size) or len(found.root) != 32:
            raise NotANote(text)
        return found


@dataclass(frozen=True, slots=True)
class KeyStatement:
    """From ``since``, beyond ``size`` leaves, ``key`` signs instead of ``replaces``.

    ``compromised_since``: the one it replaces was in other hands from then on; that one cannot sign
    this statement, so whoever relies on the new key must have got it another way.
    """

    key: VerifierKey
    since: str
    size: int
    replaces: VerifierKey | None = None
    compromised_since: str | None = None

    def text(self) -> str:
        lines = [f"{_KEY_HEAD}{self.key.name}", f"key {self.key}", f"since {self.since}", f"size {self.size}"]
        if self.replaces:
            lines.append(f"replaces {self.replaces}")
        if self.compromised_since:
            lines.append(f"compromised-since {self.compromised_since}")
        return "\n".join(lines) + "\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises NotANote."""
        _head, _, rest = text.partition("\n")
        said = dict(line.partition(" ")[::2] for line in rest.splitlines())
        try:
            found = cls(
                VerifierKey.parse(said["key"]),
                said["since"],
                int(said["size"]),
                VerifierKey.parse(said["replaces"]) if "replaces" in said else None,
                said.get("compromised-since"),
            )
            for at in (found.since, found.compromised_since or found.since):
                clock.parse(at)
        except (KeyError, ValueError) as error:
            raise NotANote(text) from error
        if found.text() != text:
            raise NotANote(text)
        return found
