"""The server that ``workflow-app serve`` runs, spoken to over sockets."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from flask import Flask, request

from workflow_app.extensions import csrf
from workflow_app.serving import server
from workflow_app.web import limits

Serving = tuple[server.Server, int]


@pytest.fixture
def pause() -> threading.Event:
    """What ``/slow`` waits for."""
    return threading.Event()


@pytest.fixture
def serving(plain_app: Flask, pause: threading.Event) -> Iterator[Serving]:
    plain_app.add_url_rule("/slow", view_func=lambda: str(pause.wait(30)), endpoint="slow")
    plain_app.add_url_rule("/large", view_func=lambda: b"x" * (40 << 20), endpoint="large")
    take = limits.bodies(limits.Longest(lambda _settings: 1 << 20))(lambda: str(len(request.get_data())))
    plain_app.add_url_rule("/take", view_func=csrf.exempt(take), endpoint="take", methods=["POST"])
    with running(plain_app) as (made, port):
        yield made, port


@contextlib.contextmanager
def running(app: Flask) -> Iterator[Serving]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    made = server.make(app, listener, 2)
    thread = threading.Thread(target=made.run, args=[5.0])
    thread.start()
    try:
        yield made, listener.getsockname()[1]
    finally:
        made.stop()
        thread.join(20)
        assert not thread.is_alive()


@contextlib.contextmanager
def connected(port: int, sent: bytes = b"") -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), 20) as made:
        made.sendall(sent)
        yield made


def everything(connection: socket.socket) -> bytes:
    """All that comes until the server closes."""
    return b"".join(iter(lambda: connection.recv(1 << 16), b""))


def get(path: str, more: str = "Connection: close") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n{more}\r\n\r\n".encode()


def post(path: str, length: int | str, kind: str = "application/x-www-form-urlencoded") -> bytes:
    said = f"Content-Length: {length}" if isinstance(length, int) else f"Transfer-Encoding: {length}"
    return f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\n{said}\r\n\r\n".encode()


def later(serving: server.Server, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """The server looks after its connections as it will in so many seconds."""
    done = threading.Event()
    look = serving.look_after

    def ahead(now: float) -> None:
        look(now)
        look(now + seconds)
        done.set()

    with monkeypatch.context() as patch:
        patch.setattr(serving, "look_after", ahead)
        serving._next_look = 0
        serving.pull_trigger()
        assert done.wait(10)


def closed(connection: socket.socket) -> bool:
    connection.settimeout(5)
    try:
        return everything(connection) is not None
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False


def test_hundreds_of_connections_that_say_nothing_or_little_stop_nobody(serving: Serving) -> None:
    with contextlib.ExitStack() as stack:
        for sent in (b"", b"GET / HT", post("/login", 1000) + b"a", get("/healthz", "A: b")):
            for _ in range(100):
                stack.enter_context(connected(serving[1], sent))
        with connected(serving[1], get("/healthz")) as mine:
            assert b"200 OK" in everything(mine)


@pytest.mark.parametrize(
    ("sent", "patience"),
    [
        (b"", server.HEAD),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ", server.HEAD),
        (post("/login", 1000) + b"a" * 500, server.HEAD + server.BODY + 1),
        (get("/healthz", "A: b"), server.IDLE),
    ],
    ids=["silent", "head", "body", "idle"],
)
def test_slow_clients_are_dropped_when_their_time_is_over(
    serving: Serving, monkeypatch: pytest.MonkeyPatch, sent: bytes, patience: float
) -> None:
    with connected(serving[1], sent) as slow:
        while not serving[0].active_channels:
            time.sleep(0.01)
        time.sleep(0.1)
        later(serving[0], monkeypatch, patience - 2)
        with connected(serving[1], get("/healthz")) as other:
            assert b"200 OK" in everything(other)
        assert len(serving[0].active_channels) == 1, "not before"
        later(serving[0], monkeypatch, patience + 2)
        assert closed(slow)


def test_a_client_that_does_not_take_its_answer_is_dropped(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connected(serving[1], get("/large")) as deaf:
        assert deaf.recv(1)
        time.sleep(0.3)
        later(serving[0], monkeypatch, server.ANSWER + 2)
        with connected(serving[1], get("/healthz")) as other:
            assert b"200 OK" in everything(other)
        assert not serving[0].active_channels
        assert len(rest(deaf)) < 40 << 20


def rest(connection: socket.socket) -> bytes:
    found = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(1 << 16):
            found += piece
    return found


@pytest.mark.parametrize("path", ["/login", "/nowhere", "/take", "/api/v1/artefacts"])
def test_a_body_that_is_too_long_is_refused_unread(serving: Serving, path: str) -> None:
    with connected(serving[1], post(path, 200 << 20)) as large:
        for _ in range(20):  # what is sent meanwhile does not hide the answer
            large.sendall(b"x" * (1 << 20))
        large.shutdown(socket.SHUT_WR)
        answer = everything(large)
    assert b" 413 " in answer.partition(b"\r\n")[0]
    kind = b"application/problem+json" if path.startswith("/api") else b"text/html"
    assert kind in answer
    assert "内容太多" in answer.decode() or '"code": "too_large"' in answer.decode()


def test_a_body_in_chunks_is_refused_as_soon_as_it_is_too_long(serving: Serving) -> None:
    with connected(serving[1], post("/take", "chunked")) as large:
        for _ in range(3):
            large.sendall(b"80000\r\n" + b"x" * 0x80000 + b"\r\n")
        answer = everything(large)
    assert b" 413 " in answer.partition(b"\r\n")[0]


@pytest.mark.parametrize("length", [0, 1, 1 << 20])
def test_bodies_within_their_limit_arrive_whole(serving: Serving, length: int) -> None:
    sent = post("/take", length).replace(b"Host: x", b"Host: x\r\nConnection: close")
    with connected(serving[1], sent + b"x" * length) as honest:
        assert everything(honest).endswith(str(length).encode())


def test_stopping_ends_what_is_under_way_and_nothing_new_begins(
    serving: Serving, pause: threading.Event
) -> None:
    with connected(serving[1], get("/slow", "A: b")) as under_way, connected(serving[1]) as idle:
        while not any(one.requests for one in serving[0].active_channels.values()):
            time.sleep(0.01)
        serving[0].stop()
        assert idle.recv(1) == b"", "idle ones are closed at once"
        with pytest.raises(ConnectionError), connected(serving[1], get("/healthz")) as late:
            late.recv(1)
        pause.set()
        assert everything(under_way).endswith(b"True")


def test_when_connections_run_short_the_longest_idle_ones_go(serving: Serving) -> None:
    made, port = serving
    made.adj.connection_limit = 20
    made.adj.cleanup_interval = made._next_look = 0
    made.adj.asyncore_loop_timeout = 0.05
    with contextlib.ExitStack() as stack:
        idle = [stack.enter_context(connected(port, get("/healthz", "A: b"))) for _ in range(30)]
        for one in idle[:15]:
            assert one.recv(1 << 16)
        with connected(port, get("/healthz")) as mine:
            assert b"200 OK" in everything(mine)
