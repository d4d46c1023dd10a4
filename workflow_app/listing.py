"""Opaque page cursors: where the last page ended, as text for an address."""

import base64
import binascii
import json


class BadCursor(ValueError):
    """The text is no cursor of ours."""


def pack(cursor: tuple[str, int] | None) -> str | None:
    if cursor is None:
        return None
    return base64.urlsafe_b64encode(json.dumps(cursor).encode()).decode().rstrip("=")


def unpack(text: str | None) -> tuple[str, int] | None:
    """The cursor in ``text``; None for no text. Raises BadCursor."""
    if not text:
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error, RecursionError) as error:
        raise BadCursor(text) from error
    match found:
        case [str() as at, int() as number] if len(at) <= 40 and abs(number) < 2**63:
            return at, number
    raise BadCursor(text)
