"""What was typed into a form stays in the browser until the server has taken the form.

A form that the browser keeps says so with a field ``kept``: a name for what is kept of it. Once the form
has been taken, the answer names it in a cookie, and the script of the next page forgets it.
"""

import re

from flask import Flask, Response, g, request

from workflow_app.web import cookies

FIELD, COOKIE = "kept", "taken"
SECONDS = 600
_NAME = re.compile(r"[0-9a-z]{1,40}")


def refuse() -> None:
    """This request leads to another page although its form was not taken: it stays kept."""
    g.form_refused = True


def init_app(app: Flask) -> None:
    """Look at every answer."""
    app.after_request(_tell)


def _tell(response: Response) -> Response:
    """A form that was taken is answered by another page (303); a refused one by the form itself."""
    if request.method != "POST" or response.status_code != 303 or g.get("form_refused"):
        return response
    if request.mimetype != "application/x-www-form-urlencoded":
        return response
    name = request.form.get(FIELD, "")
    if _NAME.fullmatch(name):
        cookies.put(response, COOKIE, name, seconds=SECONDS, for_scripts=True)
    return response
