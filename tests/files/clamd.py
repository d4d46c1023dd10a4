"""A virus scanner for tests: speaks clamd's INSTREAM and finds whatever holds ``EICAR``."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

EICAR = "EICAR 测试样本"


class _Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        assert self.rfile.read(10) == b"zINSTREAM\0"
        data = b""
        while length := int.from_bytes(self.rfile.read(4), "big"):
            data += self.rfile.read(length)
        found = EICAR.encode() in data
        self.wfile.write(b"stream: Eicar-Test FOUND\0" if found else b"stream: OK\0")


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def scanner(port: int = 0) -> Iterator[str]:
    """The address of a running scanner."""
    with _Server(("127.0.0.1", port), _Session) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join(5)
