"""Each database as of one moment, while others go on writing; and put in place of an empty one.

SQLite by its online backup interface, inside one read transaction. PostgreSQL by ``pg_dump`` and
``pg_restore`` in the custom format, in a snapshot that the counts are read in too.
"""

import contextlib
import gzip
import os
import shutil
import sqlite3
import subprocess
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from workflow_app import data_dir
from workflow_app.backup.archive import DUMP, SQLITE, Unusable
from workflow_app.settings import Settings

#: What is counted for the manifest, where the table is there.
COUNTED = ("artefact", "revision", "event", "registry_event", "person", "stored_file", "issued_paper")
#: Pages copied between two reports of progress.
_PAGES = 2000
#: How long an old SQLite database is waited for, and a table of PostgreSQL, that is still in use.
_WAIT_SECONDS = 5
#: A compression that costs little time.
_LEVEL = 1

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The database as a file of the archive, and what was read in the same moment."""

    member: str
    path: Path
    schema: str
    counts: Mapping[str, int]
    files: list[str]


def kind(settings: Settings) -> str:
    return "postgresql" if settings.database_url else "sqlite"


def size(settings: Settings) -> int:
    """About how many bytes a copy takes."""
    if settings.database_url:
        with _connected(settings) as connection:
            found = connection.execute("SELECT pg_database_size(current_database())").fetchone()
            return int(found[0]) if found else 0
    return _file(settings).stat().st_size


def snapshot(settings: Settings, folder: Path, progress: Progress) -> Snapshot:
    """Copy the database into ``folder``. Raises Unusable: no tables, damaged, no program."""
    return (_dumped if settings.database_url else _copied)(settings, folder, progress)


def occupied(settings: Settings) -> bool:
    """Whether there are tables already."""
    if settings.database_url:
        with _connected(settings) as connection:
            query = "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() LIMIT 1"
            return connection.execute(query).fetchone() is not None
    path = _file(settings)
    if not path.exists() or not path.stat().st_size:
        return False
    with contextlib.closing(_opened(path)) as connection:
        return connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is not None


def check(settings: Settings, member: Path) -> Path:
    """A database taken from an archive, made ready and looked at; what ``replace`` wants.

    Raises:
        Unusable.
    """
    if member.name == DUMP:
        _run(settings, "pg_restore", "--list", str(member))
        return member
    database = member.with_suffix("")
    try:
        with gzip.open(member) as source, database.open("xb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
            target.flush()
            os.fsync(target.fileno())
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise Unusable("备份里的数据库解不开，文件已损坏。") from error
    member.unlink()
    database.chmod(0o600)
    _sound(database)
    return database


def replace(settings: Settings, database: Path, aside: Path) -> None:
    """Put it in place of what is there; what SQLite had is kept in the folder ``aside``.

    Raises:
        Unusable: the old one is in use, or cannot be replaced. Then nothing has changed.
    """
    if settings.database_url:
        _restored(settings, database)
    else:
        _swapped(_file(settings), database, aside)


# --- SQLite ------------------------------------------------------------------------------------


def _file(settings: Settings) -> Path:
    return settings.data_dir / data_dir.DATABASE


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None)


def _copied(settings: Settings, folder: Path, progress: Progress) -> Snapshot:
    copy = folder / data_dir.DATABASE
    with contextlib.closing(_opened(_file(settings))) as source:
        # A reader's transaction: the copy never begins anew because somebody has written.
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        with contextlib.closing(_opened(copy)) as target:
            _copy_pages(source, target, progress)
    _sound(copy)
    with contextlib.closing(_opened(copy)) as connection:
        counts, schema, files = _facts(lambda query: connection.execute(query).fetchall())
    packed = folder / SQLITE
    with copy.open("rb") as plain, gzip.open(packed, "wb", compresslevel=_LEVEL) as file:
        shutil.copyfileobj(plain, file, 1 << 20)
    copy.unlink()
    return Snapshot(SQLITE, packed, schema, counts, files)


def _copy_pages(source: sqlite3.Connection, target: sqlite3.Connection, progress: Progress) -> None:
    page = int(source.execute("PRAGMA page_size").fetchone()[0])
    done = 0

    def told(_status: int, left: int, pages: int) -> None:
        nonlocal done
        progress((pages - left - done) * page)
        done = pages - left

    source.backup(target, pages=_PAGES, progress=told)
    target.execute("PRAGMA journal_mode=DELETE")


def _sound(path: Path) -> None:
    try:
        with contextlib.closing(_opened(path)) as connection:
            told = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        told = str(error)
    if told != "ok":
        raise Unusable(f"数据库文件损坏（{told}）。")


def _swapped(place: Path, database: Path, aside: Path) -> None:
    if place.exists() and place.stat().st_size:
        _left_alone(place)
        aside.mkdir(mode=0o700, exist_ok=True)
        os.link(place, aside / place.name)
    os.replace(database, place)


def _left_alone(path: Path) -> None:
    """Everything into the one file, and nobody else there. Raises Unusable: somebody is."""
    try:
        with contextlib.closing(_opened(path)) as connection:
            mode = connection.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        raise Unusable("现有的数据库正在使用，请先停止网站和其他命令，再恢复。") from error
    except sqlite3.DatabaseError:
        return  # no longer a database at all: kept aside as it is
    if mode != "delete":
        raise Unusable("现有的数据库正在使用，请先停止网站和其他命令，再恢复。")


# --- PostgreSQL --------------------------------------------------------------------------------


def _conninfo(settings: Settings) -> str:
    return "postgresql://" + settings.database_url.partition("://")[2]


@contextlib.contextmanager
def _connected(settings: Settings) -> Iterator[psycopg.Connection]:
    try:
        connection = psycopg.connect(_conninfo(settings), connect_timeout=10)
    except psycopg.OperationalError as error:
        raise Unusable(f"连不上数据库（{_first_line(str(error))}）。") from error
    with connection:
        yield connection


def _dumped(settings: Settings, folder: Path, progress: Progress) -> Snapshot:
    path = folder / DUMP
    with _connected(settings) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        counts, schema, files = _facts(lambda query: connection.execute(query).fetchall())  # type: ignore[arg-type]
        found = connection.execute("SELECT pg_export_snapshot()").fetchone()
        assert found
        _run(
            settings,
            "pg_dump",
            "--format=custom",
            f"--snapshot={found[0]}",
            f"--file={path}",
            target="--dbname=",
        )
    progress(path.stat().st_size)
    return Snapshot(DUMP, path, schema, counts, files)


def _restored(settings: Settings, dump: Path) -> None:
    """All of it in one transaction: whatever fails, the old tables are as they were."""
    options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-acl"]
    if occupied(settings):
        options += ["--clean", "--if-exists"]
    _run(settings, "pg_restore", *options, str(dump), target="--dbname=")


def _run(settings: Settings, program: str, *arguments: str, target: str = "") -> None:
    """Run one of PostgreSQL's programs; the password goes through the environment, not the arguments.

    Raises:
        Unusable: it is not there, or failed.
    """
    path = shutil.which(program, path=settings.pg_bin or None)
    if path is None:
        raise Unusable(
            f"没有找到 {program}。请安装 PostgreSQL 的客户端程序，或用 PG_BIN 指明它所在的文件夹。"
        )
    environment = {**os.environ, "PGOPTIONS": f"-c lock_timeout={_WAIT_SECONDS}s"}
    if target:
        facts = conninfo_to_dict(_conninfo(settings))
        environment |= {"PGPASSWORD": str(password)} if (password := facts.pop("password", None)) else {}
        arguments = (
            f"{target}{make_conninfo(**{key: str(value) for key, value in facts.items()})}",
            *arguments,
        )
    done = subprocess.run(  # noqa: S603 (our own arguments)
        [path, *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Unusable(f"{program} 没有成功：{_first_line(done.stderr)}")


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "没有说明原因")


# --- both --------------------------------------------------------------------------------------


def _facts(ask: Callable[[str], list[tuple[object, ...]]]) -> tuple[dict[str, int], str, list[str]]:
    """(rows by table, schema revision, digests of all attachments)."""
    try:
        schema = str(ask("SELECT version_num FROM alembic_version")[0][0])
    except (sqlite3.OperationalError, psycopg.errors.UndefinedTable, IndexError) as error:
        raise Unusable("数据库里还没有数据，没有可备份的。") from error
    counts = {table: int(str(ask(f"SELECT count(*) FROM {table}")[0][0])) for table in COUNTED}  # noqa: S608
    files = [str(row[0]) for row in ask("SELECT sha256 FROM stored_file ORDER BY sha256")]
    return counts, schema, files
