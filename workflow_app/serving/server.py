"""Waitress with limits that act while reading, and a stop that lets requests under way end.

Waitress reads whole requests in one thread before a worker thread sees them: slow clients cost a file
descriptor each and no thread. What it lacks is added here through its own extension points:

- a body longer than its address allows is not read: the application refuses it by its length alone;
- a request must arrive within a time, by the rule of Apache's mod_reqtimeout: the head within 20
  seconds, the body within 20 seconds and one more for each 500 bytes;
- a client that does not take its answer is dropped, and with it what a worker thread waits for;
- when connections run short, those that have been idle longest are closed.
"""

import copy
import logging
import socket
import time
from collections.abc import Callable
from typing import Any

from flask import Flask
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher
from waitress.utilities import RequestEntityTooLarge

from workflow_app.serving import descriptors
from workflow_app.web import limits

#: Seconds: for a head to arrive, for a body besides the time its bytes are allowed, for the next request
#: on a kept connection, for an answer of which nothing is taken.
HEAD, BODY, IDLE, ANSWER = 20, 20, 75, 60
#: Bytes a second a body must come at.
LEAST_RATE = 500
#: Seconds between two looks at the clock for all connections.
LOOK = 2
#: Seconds and bytes that a client may go on sending of a refused body, so that it finds the answer.
LINGER, LINGER_BYTES = 10, 256 * 1024 * 1024
MOST_CONNECTIONS = 10_000
#: Connections the system holds until they are taken.
BACKLOG = 2048
#: From this share of the connections on, idle ones are closed.
CROWDED = 0.9

log = logging.getLogger(__name__)


class Request(HTTPRequestParser):
    """One request as it arrives; its body no longer than its address allows."""

    adj: Any
    error: Any
    body_rcv: Any
    #: The body was longer: what else of it comes is thrown away.
    refused = False

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        if self.chunked or self.content_length > limits.SMALL:
            # Waitress compares with >=.
            self.adj = copy.copy(self.adj)
            self.adj.max_request_body_size = self.adj.body_limit(self.command, self.path) + 1

    def received(self, data: bytes) -> int:
        taken = int(super().received(data))
        if isinstance(self.error, RequestEntityTooLarge):
            # The application says so in its own words: the length is all it is given.
            length = max(self.content_length, self.body_bytes_received)
            self.headers["CONTENT_LENGTH"] = str(length)
            self.headers["CONNECTION"] = "close"
            self.error, self.body_rcv, self.expect_continue, self.refused = None, None, False, True
        return taken


class Channel(HTTPChannel):
    """One connection."""

    parser_class = Request
    #: The request that is arriving now, and when that was first noticed.
    _arriving: Request | None = None
    _since = 0.0
    _refused = False
    _lingering_until = 0.0
    _thrown_away = 0

    def received(self, data: bytes) -> bool:
        taken = bool(super().received(data))
        if any(request.refused for request in self.requests):
            self._refused = True
        return taken

    def readable(self) -> bool:
        return bool(self._lingering_until or super().readable())

    def handle_read(self) -> None:
        if not self._lingering_until:
            super().handle_read()
            return
        try:
            thrown = len(self.recv(self.adj.recv_bytes))
        except OSError:
            thrown = 0
        self._thrown_away += thrown
        if not thrown or self._thrown_away > LINGER_BYTES:
            self.handle_close()

    def handle_close(self) -> None:
        """After a refused body: first say that nothing more comes, and let the client find the answer.

        Closed at once, the connection would be reset under what the client is sending, and the answer lost.
        """
        if self._refused and self.connected and not self._lingering_until:
            try:
                self.socket.shutdown(socket.SHUT_WR)
            except OSError:
                super().handle_close()
                return
            self.will_close = False
            self._lingering_until = time.time() + LINGER
            return
        super().handle_close()

    def drop(self) -> None:
        """Close at once: a client that takes nothing never makes the socket writable."""
        self._refused = False
        self.handle_close()

    def quiet(self) -> bool:
        """Nothing is arriving, under way or being sent."""
        return not (self.requests or self.request or self.total_outbufs_len)

    def overdue(self, now: float) -> bool:
        """Whether the client has had its time."""
        if self._lingering_until:
            return now > self._lingering_until
        if self.total_outbufs_len:
            return now > self.last_activity + ANSWER
        if self.requests:
            return False
        request = self.request
        if request is not self._arriving:
            self._arriving, self._since = request, now
        if request is None:
            return now > self.last_activity + (IDLE if self.last_activity > self.creation_time else HEAD)
        if not request.headers_finished:
            return now > self._since + HEAD
        return now > self._since + HEAD + BODY + request.body_bytes_received / LEAST_RATE


class Server(TcpWSGIServer):
    """The listening socket and the loop."""

    channel_class = Channel
    _stopping = False
    _next_look = 0.0

    def maintenance(self, now: float) -> None:
        """Called by waitress in the middle of a turn, when nothing may be closed; see ``look_after``."""

    def look_after(self, now: float) -> None:
        """Close what is overdue, and what is idle when connections run short."""
        channels = list(self.active_channels.values())
        for channel in channels:
            if channel.overdue(now):
                channel.drop()
        idle = sorted((one for one in channels if one.quiet()), key=lambda one: one.last_activity)
        for channel in idle[: max(0, int(len(self._map) - CROWDED * self.adj.connection_limit))]:
            channel.drop()

    def stop(self) -> None:
        """Take no more connections, end when the requests under way have; may be called by a signal."""
        self._stopping = True
        self.pull_trigger()

    def run(self, grace: float) -> None:
        """Serve until ``stop``, then for at most ``grace`` seconds more."""
        while not self._stopping:
            self._turn(self.adj.asyncore_loop_timeout)
        self.accepting = False
        self.del_channel()
        self.socket.close()
        end = time.monotonic() + grace
        while time.monotonic() < end and self._under_way():
            self._turn(0.1)
        if self.active_channels:
            log.warning("stopped with %d connections under way", len(self.active_channels))
        for channel in list(self.active_channels.values()):
            channel.drop()
        self.task_dispatcher.shutdown(timeout=1)

    def _turn(self, timeout: float) -> None:
        # Between turns: within one, the number of a closed connection may be a new one's already.
        if (now := time.time()) >= self._next_look:
            self._next_look = now + self.adj.cleanup_interval
            self.look_after(now)
        self.asyncore.loop(timeout=timeout, map=self._map, use_poll=self.adj.asyncore_use_poll, count=1)

    def _under_way(self) -> bool:
        """Close what is quiet; whether anything is left."""
        for channel in list(self.active_channels.values()):
            if channel.quiet():
                channel.drop()
        return bool(self.active_channels)


def make(app: Flask, listener: socket.socket, threads: int) -> Server:
    """A server on this socket; ``run`` it."""
    settings = app.config["SETTINGS"]
    # Behind a proxy, who asks stands in its header, which counts only when it comes from that proxy.
    proxy = settings.trusted_proxy
    behind: dict[str, Any] = (
        {"trusted_proxy": proxy, "trusted_proxy_headers": {"x-forwarded-for"}} if proxy else {}
    )
    adjustments = Adjustments(
        sockets=[listener],
        threads=threads,
        ident="",
        backlog=BACKLOG,
        connection_limit=descriptors.most_connections(MOST_CONNECTIONS),
        cleanup_interval=LOOK,
        asyncore_use_poll=True,
        **behind,
    )
    adjustments.body_limit = _body_limit(app)
    dispatcher = ThreadedTaskDispatcher()
    dispatcher.set_thread_count(threads)
    # A full queue is what threads are for; a line for each request would fill the log.
    dispatcher.queue_logger.setLevel(logging.ERROR)
    return Server(
        app,
        {},
        _sock=listener,
        dispatcher=dispatcher,
        adj=adjustments,
        bind_socket=False,
        sockinfo=(listener.family, listener.type, listener.proto, listener.getsockname()),
    )


def _body_limit(app: Flask) -> Callable[[str, str], int]:
    return lambda method, path: limits.most(app, method, path)
