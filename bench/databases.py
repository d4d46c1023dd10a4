"""Fresh databases to measure on: a SQLite file on disk and a PostgreSQL of our own."""

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from tests.postgres import Cluster
from workflow_app import create_app, schema
from workflow_app.extensions import db
from workflow_app.settings import Settings

_numbers = itertools.count(1)


class Stand:
    """One kind of database; ``app()`` makes an application on a fresh one, ``copies`` of a full one."""

    def __init__(self, kind: str, folder: Path, cluster: Cluster | None) -> None:
        self.kind, self.folder, self.cluster = kind, folder, cluster

    def settings(self, name: str) -> Settings:
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        url = self.cluster.url(name) if self.cluster else ""
        return Settings(
            testing=True, data_dir=folder, database_url=url, secret_key="only for measuring", app_env="test"
        )

    def fresh(self) -> str:
        name = f"bench_{next(_numbers)}"
        if self.cluster:
            self.cluster.execute(f"CREATE DATABASE {name}")
        schema.upgrade(self.settings(name))
        return name

    def copy(self, source: str) -> str:
        """A copy of a database nobody is connected to."""
        name = f"bench_{next(_numbers)}"
        if self.cluster:
            self.cluster.execute(f"CREATE DATABASE {name} TEMPLATE {source}")
        else:
            (self.folder / name).mkdir()
            shutil.copyfile(self.folder / source / "signoff.sqlite3", self.folder / name / "signoff.sqlite3")
        return name

    @contextmanager
    def app(self, name: str) -> Iterator[Flask]:
        app = create_app(self.settings(name))
        with app.app_context():
            yield app
            db.session.remove()
            if not self.cluster:
                with db.engine.connect() as connection:
                    connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            db.engine.dispose()


@contextmanager
def stands(kinds: list[str]) -> Iterator[list[Stand]]:
    """The databases asked for; PostgreSQL is started and stopped here."""
    with tempfile.TemporaryDirectory() as folder:
        cluster = Cluster() if "postgresql" in kinds else None
        try:
            if cluster:
                cluster.start()
            yield [
                Stand(kind, Path(folder) / kind, cluster if kind == "postgresql" else None) for kind in kinds
            ]
        finally:
            if cluster:
                cluster.stop()
