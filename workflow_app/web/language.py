"""The language of a request: Chinese unless its person chose another."""

from flask import has_request_context, request
from flask_babel import lazy_gettext as _l

#: Language -> what it calls itself.
LANGUAGES = {"zh": _l("中文"), "en": "English"}


def lang() -> str:
    """``zh`` or ``en``: what was chosen in the footer; the browser's wish does not count."""
    chosen = request.cookies.get("lang", "") if has_request_context() else ""
    return chosen if chosen in LANGUAGES else "zh"
