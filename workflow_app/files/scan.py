"""Asking a ClamAV daemon whether a file is clean, by its INSTREAM command."""

import socket
from pathlib import Path
from typing import NamedTuple

_PIECE = 1 << 16
CONNECT_SECONDS, ANSWER_SECONDS = 2, 60


class Verdict(NamedTuple):
    """``state``: clean, infected or unscanned (nobody answered); ``found``: the name of the virus."""

    state: str
    found: str = ""


UNSCANNED = Verdict("unscanned")


def scan(address: str, path: Path) -> Verdict:
    """Ask the daemon at ``host:port`` or at a socket's path; without an address nobody is asked."""
    if not address:
        return UNSCANNED
    try:
        with _connected(address) as daemon:
            answer = _ask(daemon, path)
    except (OSError, ValueError):
        return UNSCANNED
    if answer.endswith("FOUND"):
        return Verdict("infected", answer.removeprefix("stream:").removesuffix("FOUND").strip()[:100])
    return Verdict("clean") if answer == "stream: OK" else UNSCANNED


def _connected(address: str) -> socket.socket:
    if "/" in address:
        daemon = socket.socket(socket.AF_UNIX)
        daemon.settimeout(CONNECT_SECONDS)
        daemon.connect(address.removeprefix("unix:"))
        return daemon
    host, _colon, port = address.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS)


def _ask(daemon: socket.socket, path: Path) -> str:
    daemon.settimeout(ANSWER_SECONDS)
    daemon.sendall(b"zINSTREAM\0")
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            daemon.sendall(len(piece).to_bytes(4, "big") + piece)
    daemon.sendall(bytes(4))
    answer = b""
    while not answer.endswith(b"\0") and (piece := daemon.recv(4096)):
        answer += piece
    return answer.rstrip(b"\0\r\n").decode("utf-8", "replace")
