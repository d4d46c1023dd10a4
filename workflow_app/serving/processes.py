"""One process that serves, or several that share the listening socket.

Each is started afresh (spawned), not forked: nothing of threads or connections is inherited, and it is
the same on Windows. One that dies is replaced; all of them end with the first.
"""

import contextlib
import logging
import multiprocessing
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import Any

from flask import Flask

from workflow_app.serving import server
from workflow_app.settings import Settings

#: Seconds for the requests under way when told to stop.
GRACE = 20
#: Seconds before a process that died is replaced: a fault at its start must not eat the machine.
PAUSE = 1

log = logging.getLogger(__name__)
_spawn = multiprocessing.get_context("spawn")


def serve(app: Flask, listener: socket.socket, threads: int) -> None:
    """Serve in this process until SIGTERM or Ctrl+C."""
    serving = server.make(app, listener, threads)
    with _told_to_stop(serving.stop):
        serving.run(GRACE)


def serve_with(
    workers: int, make: Callable[[Settings], Flask], settings: Settings, listener: socket.socket, threads: int
) -> None:
    """Serve in so many processes until SIGTERM or Ctrl+C; each has the application that ``make`` makes."""
    stopping = threading.Event()
    wake, waker = _spawn.Pipe(duplex=False)

    def start() -> BaseProcess:
        process = _spawn.Process(target=_work, args=(make, settings, listener, threads), daemon=True)
        process.start()
        return process

    def stop() -> None:
        stopping.set()
        waker.send(None)

    with _told_to_stop(stop):
        running = [start() for _ in range(workers)]
        while not stopping.is_set():
            wait([wake, *(one.sentinel for one in running)])
            for place, one in enumerate(running):
                if not one.is_alive() and not stopping.is_set():
                    log.error("serving process %s ended (%s), starting another", one.pid, one.exitcode)
                    time.sleep(PAUSE)
                    running[place] = start()
        for one in running:
            one.terminate()
        end = time.monotonic() + GRACE + 5
        for one in running:
            one.join(max(0.0, end - time.monotonic()))
            if one.is_alive():
                one.kill()


def _work(
    make: Callable[[Settings], Flask], settings: Settings, listener: socket.socket, threads: int
) -> None:
    """One of several."""
    serving = server.make(make(settings), listener, threads)
    threading.Thread(target=_end_with_the_first, args=[serving.stop], daemon=True).start()
    with _told_to_stop(serving.stop):
        # Ctrl+C reaches every process of the terminal: the first one tells the others.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        serving.run(GRACE)


def _end_with_the_first(stop: Callable[[], None]) -> None:
    first = multiprocessing.parent_process()
    assert first
    first.join()
    stop()


@contextlib.contextmanager
def _told_to_stop(stop: Callable[[], None]) -> Any:
    """SIGTERM and Ctrl+C call ``stop``; a second one ends the process at once."""
    told: list[int] = []

    def handle(number: int, _frame: object) -> None:
        if told:
            sys.exit(128 + number)
        told.append(number)
        stop()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
