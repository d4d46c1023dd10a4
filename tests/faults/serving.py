"""A real ``workflow-app serve`` in a process of its own, and the people who use it through HTTP."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from workflow_app.settings import ROOT, Settings

#: How long a server may take to come up, and a client to be answered, before the run is given up.
PATIENCE_SECONDS = 120
_NOTES = re.compile(r'(?s)<div class="alert [^"]*" role.*?</div>\s*</div>|<p class="err".*?</p>')
_MARKUP = re.compile(r"<[^>]+>")
_CSRF = re.compile(r'name="csrf-token" content="([^"]+)"')


def a_free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Server:
    """``workflow-app serve`` on a port of its own; ``start``, ``kill``, ``start`` … ``kill``."""

    def __init__(self, settings: Settings, log: Path, **variables: str) -> None:
        self.port = a_free_port()
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._environment = os.environ | {
            "DATA_DIR": str(settings.data_dir),
            "DATABASE_URL": settings.database_url,
            "SECRET_KEY": settings.secret_key,
            "APP_ENV": settings.app_env,
            "PORT": str(self.port),
            "REAUTH_GRACE_MINUTES": "1440",
            # All clients are the same few people, who type their password at one instant.
            "LOCKOUT_AFTER": "1000",
            **variables,
        }

    def start(self) -> "Server":
        """Start it and wait until it answers."""
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "workflow_app.cli", "serve"],
                env=self._environment,
                cwd=ROOT,
                stdout=out,
                stderr=out,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        give_up = time.monotonic() + PATIENCE_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > give_up:
                self.kill()
                raise RuntimeError(f"the server did not start:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.02)
        return self

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def kill(self) -> None:
        """SIGKILL to it and to every process it has started: nothing is finished, nothing tidied."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def words(self) -> str:
        """What it says: the notes and errors of a page, or the text of anything else."""
        if "json" in self.headers.get("Content-Type", ""):
            return json.dumps(self.json, ensure_ascii=False)
        return " / ".join(" ".join(_MARKUP.sub(" ", one).split()) for one in _NOTES.findall(self.text))

    @property
    def done(self) -> bool:
        """Acknowledged: the act counts from here on."""
        elsewhere = self.status == 303 and "/login" in self.headers.get("Location", "")
        return self.status in (200, 201, 303) and not elsewhere


class InDoubt(Exception):
    """No answer, or one of 500 and above: the act may have been done or not."""

    def __init__(self, why: str, answer: Answer | None = None) -> None:
        super().__init__(why)
        self.answer = answer


@dataclass(frozen=True)
class Sent:
    """A request as it can be sent again, byte for byte. ``key``: its idempotency key, '' for none."""

    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    key: str = ""


class Caller:
    """Somebody at one server: one kept connection, which is opened anew when it has broken."""

    def __init__(self, port: int, name: str) -> None:
        self.port, self.name = port, name
        self._connection: http.client.HTTPConnection | None = None

    def headers(self) -> dict[str, str]:
        return {}

    def send(self, sent: Sent) -> Answer:
        """Raises InDoubt."""
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        try:
            headers = {**self.headers(), **sent.headers}
            self._connection.request(sent.method, sent.path, sent.body or None, headers)
            response = self._connection.getresponse()
            answer = Answer(response.status, dict(response.getheaders()), response.read())
            self._seen(response)
        except (OSError, http.client.HTTPException) as lost:
            self.close()
            raise InDoubt(repr(lost)) from lost
        if answer.status >= 500:
            raise InDoubt(f"{answer.status}: {answer.words[:300]}", answer)
        return answer

    def _seen(self, response: http.client.HTTPResponse) -> None:
        pass

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Program(Caller):
    """Somebody through the API, with a token that may sign."""

    def __init__(self, port: int, name: str, token: str) -> None:
        super().__init__(port, name)
        self._token = token

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}

    def request(self, method: str, path: str, body: Any, key: str, **headers: str) -> Sent:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        told = {"Content-Type": "application/json", "Idempotency-Key": key, **named}
        return Sent(method, f"/api/v1{path}", json.dumps(body).encode(), told, key)

    def get(self, path: str) -> Any:
        answer = self.send(Sent("GET", f"/api/v1{path}"))
        if answer.status != 200:
            raise AssertionError(f"{path}: {answer.status} {answer.text[:300]}")
        return answer.json


class Browser(Caller):
    """Somebody at the pages: cookies, the token of the forms, the password typed once."""

    def __init__(self, port: int, name: str, username: str, password: str) -> None:
        super().__init__(port, name)
        self.username, self.password = username, password
        self._cookies: dict[str, str] = {}
        self._csrf = ""
        #: whether the password has been typed for an act in this window
        self.confirmed = False

    def send(self, sent: Sent) -> Answer:
        answer = super().send(sent)
        self.confirmed |= answer.done and b"&password=" in sent.body
        return answer

    def headers(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}

    def _seen(self, response: http.client.HTTPResponse) -> None:
        for line in response.headers.get_all("Set-Cookie") or []:
            name, _equals, value = line.partition(";")[0].partition("=")
            self._cookies[name] = value

    def log_in(self) -> "Browser":
        self._read_token("/login")
        form = {"username": self.username, "password": self.password}
        answer = self.send(self.form("/login", form, ""))
        self.confirmed = False
        if answer.status != 303:
            raise AssertionError(f"login of {self.username}: {answer.status} {answer.text[:300]}")
        self._read_token("/me")
        return self

    def go_on_as(self, other: "Browser") -> None:
        """In the same login as another window, the password not yet typed in this one."""
        self._cookies, self._csrf = dict(other._cookies), other._csrf

    def _read_token(self, path: str) -> None:
        found = _CSRF.search(self.send(Sent("GET", path)).text)
        if found is None:
            raise AssertionError(f"no token on {path}")
        self._csrf = found[1]

    def form(self, path: str, fields: Mapping[str, Any], key: str) -> Sent:
        """A form as its page posts it."""
        told = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode({"csrf_token": self._csrf, **fields} | ({"key": key} if key else {}))
        return Sent("POST", path, body.encode(), told, key)

    def script(self, method: str, path: str, body: Any) -> Sent:
        """JSON as the script of a page sends it."""
        told = {"Content-Type": "application/json", "Accept": "application/json", "X-CSRFToken": self._csrf}
        return Sent(method, path, json.dumps(body).encode(), told)
