"""The language of a request, Chinese unless its person chose another, and the texts in it.

What a page asks for hundreds of times is answered from tables: the language once a request, each
language's texts once a process. Flask-Babel would find request, domain, locale and catalogue again
for every word.
"""

from functools import cache, cached_property
from typing import Any, cast

import flask
from babel.support import NullTranslations, Translations
from flask import Flask, request
from flask_babel import Domain
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from workflow_app.extensions import babel
from workflow_app.settings import ROOT
from workflow_app.web import cookies

#: Language -> what it calls itself.
LANGUAGES = {"zh": _l("中文"), "en": "English"}


class Request(flask.Request):
    """Knows its language; what was chosen in the footer, the browser's wish does not count."""

    @cached_property
    def language(self) -> str:
        chosen = self.cookies.get(cookies.name_of("lang"), "")
        return chosen if chosen in LANGUAGES else "zh"


def lang() -> str:
    """``zh`` or ``en``; Chinese outside a request."""
    try:
        return cast(Request, request).language
    except RuntimeError:
        return "zh"


@cache
def _catalogue(language: str) -> NullTranslations:
    return Translations.load(ROOT / "translations", [language])


class Texts(Domain):  # type: ignore[misc]
    """Where ``flask_babel.gettext`` looks a text up."""

    def get_translations(self) -> NullTranslations:
        return _catalogue(lang())


@cache
def _template_text(language: str, message: str) -> Markup:
    return Markup(_catalogue(language).gettext(message))  # noqa: S704 -- a text of ours


@cache
def _without_values(language: str, message: str) -> Markup:
    return _template_text(language, message) % {}  # ``%%`` is a per cent sign in these too


def _in_template(message: str, /, **values: Any) -> Markup:
    """``_()`` of the templates: the text with values filled in, escaped."""
    return _template_text(lang(), message) % values if values else _without_values(lang(), message)


def init_app(app: Flask) -> None:
    """Tie the language to the application's requests and templates."""
    app.request_class = Request
    babel.init_app(app, locale_selector=lang)
    babel.domain_instance = Texts()
    app.jinja_env.globals.update(_=_in_template, gettext=_in_template)
