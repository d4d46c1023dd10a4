"""Cookies: what they are called, and how they are set.

In production each is called ``__Host-…``: browsers take such a cookie only over HTTPS, for the whole of
this site and from nobody but this host, so that a neighbouring name cannot plant one. In development,
over plain HTTP, a browser would refuse them: there they have their plain names.
"""

from typing import Any

from flask import current_app, request


def name_of(plain: str) -> str:
    """What the cookie is called here."""
    return f"{current_app.config['SETTINGS'].cookie_prefix}{plain}"


def read(plain: str) -> str:
    """The value that the browser sent, '' for none."""
    return request.cookies.get(name_of(plain), "")


def put(response: Any, plain: str, value: str, *, seconds: int, for_scripts: bool = False) -> None:
    """Set a cookie of the whole site; scripts may read it only when it is meant for them."""
    response.set_cookie(
        name_of(plain),
        value,
        max_age=seconds,
        path="/",
        secure=current_app.config["SETTINGS"].production,
        httponly=not for_scripts,
        samesite="Lax",
    )
