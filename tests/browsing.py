"""Using the pages without a browser: logging in, the CSRF token, posting."""

import re

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.builders import PASSWORD

TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')


def token(client: FlaskClient, path: str = "/login") -> str:
    """The CSRF token of the client's session, read from a page."""
    found = TOKEN.search(client.get(path, follow_redirects=True).get_data(as_text=True))
    assert found, path
    return found[1]


def log_in(app: Flask, username: str, password: str = PASSWORD) -> FlaskClient:
    client = app.test_client()
    form = {"username": username, "password": password, "csrf_token": token(client)}
    answer = client.post("/login", data=form)
    assert answer.status_code in (302, 303), answer.get_data(as_text=True)
    return client


def post(client: FlaskClient, path: str, **form: object) -> TestResponse:
    """A form as its page would post it."""
    return client.post(path, data={"csrf_token": token(client, "/me"), **form})
