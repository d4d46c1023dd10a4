"""A worker beside the server: a process of its own, for it reads the signing key and the server must not.

It ends when its standard input does, so it cannot outlive the server, however that one ends.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

#: Seconds for what is under way.
GRACE = 10


@contextlib.contextmanager
def worker_beside() -> Iterator[None]:
    """With the settings of this process's environment; stopped at the end."""
    command = [sys.executable, "-m", "workflow_app.cli", "worker", "--until-input-ends"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)  # noqa: S603
    try:
        yield
    finally:
        assert process.stdin
        process.stdin.close()
        if os.name != "nt":  # there it would be killed
            process.terminate()
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
