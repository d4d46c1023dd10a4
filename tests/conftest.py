"""Applications to test against, each with a fresh database of its own.

``app``        on SQLite and on PostgreSQL: a test that takes it runs twice
``office``     the same with the application context pushed, for calling services
``plain_app``  SQLite only, for what has nothing to do with the database
``here``       the county of ``tests.builders`` in it; ``plan``: a complete draft of school 1;
``author``     a browser without pictures in which the plan's author is logged in
``client``     a browser without pictures for ``app``
``live``       the address of ``app`` served on a port of its own, for a real browser
``browser``    a real Chromium; tests that use it are skipped where there is none
``settings``   what ``app`` is made from

What is the same for all tests of a process is made once: a migrated database that each test gets a
copy of, the PostgreSQL server, the compiled code of the applications (``tests.compiled``), the rows
of the county (``tests.seeds``). Nothing of that can be changed by a test.

``@pytest.mark.sqlite_only`` and ``postgresql_only`` keep a test that takes ``app`` to one database.
"""

import contextlib
import contextvars
import itertools
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from tests import compiled
from tests.postgres import Cluster, memory
from workflow_app import schema
from workflow_app.extensions import db
from workflow_app.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.builders import County, Doc

KINDS = ("sqlite", "postgresql")
_numbers = itertools.count(1)


class FreshClient(FlaskClient):
    """Each request in a context of its own, as a server does it.

    Without this a pushed application context is shared with the request, and whoever was logged in
    at the first request stays logged in for all others.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return contextvars.Context().run(super().open, *args, **kwargs)


def pytest_configure() -> None:
    """The files of the tests in memory where there is enough of it; no test depends on its speed."""
    if folder := memory():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(folder))
    hypothesis.settings.register_profile("no deadline", deadline=None)
    hypothesis.settings.load_profile("no deadline")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database" in metafunc.fixturenames:
        only = {kind for kind in KINDS if metafunc.definition.get_closest_marker(f"{kind}_only")}
        metafunc.parametrize("database", sorted(only) or KINDS, indirect=True)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The PostgreSQL server of this test process, started when first asked for."""
    server = Cluster()
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    folder = tmp_path_factory.mktemp("sqlite-template")
    schema.upgrade(_settings(folder, ""))
    return folder / "signoff.sqlite3"


@pytest.fixture(scope="session")
def postgresql_template(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a migrated database to copy."""
    cluster.execute("CREATE DATABASE template_signoff")
    schema.upgrade(_settings(tmp_path_factory.mktemp("pg-template"), cluster.url("template_signoff")))
    return "template_signoff"


def _settings(folder: Path, url: str) -> Settings:
    return Settings(
        testing=True, data_dir=folder, database_url=url, secret_key="for-these-tests-only", app_env="test"
    )


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Settings for a fresh, migrated database: ``sqlite`` or ``postgresql``."""
    if request.param == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        shutil.copyfile(template, tmp_path / template.name)
        yield _settings(tmp_path, "")
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    template_name = request.getfixturevalue("postgresql_template")
    name = f"test_{next(_numbers)}"
    cluster.execute(f"CREATE DATABASE {name} TEMPLATE {template_name} STRATEGY FILE_COPY")
    try:
        yield _settings(tmp_path, cluster.url(name))
    finally:
        cluster.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def settings(database: Settings) -> Settings:
    return database


@contextlib.contextmanager
def serving(settings: Settings) -> Iterator[Flask]:
    """An application for these settings, its connections closed at the end."""
    from workflow_app import create_app

    app = create_app(settings)
    app.test_client_class = FreshClient
    compiled.share(app)
    try:
        yield app
    finally:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def make_app(settings: Settings) -> Iterator[Callable[..., Flask]]:
    """Make the application with some settings changed: ``make_app(reauth_grace_minutes=0)``."""
    with contextlib.ExitStack() as stack:

        def make(**changes: Any) -> Flask:
            return stack.enter_context(serving(settings.changed(**changes)))

        yield make


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    with serving(settings) as made:
        yield made


@pytest.fixture
def office(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        yield app
        db.session.remove()


@pytest.fixture
def here(office: Flask) -> "County":
    from tests.builders import county

    return county()


@pytest.fixture
def plan(here: "County") -> "Doc":
    from tests.builders import a_plan

    return a_plan(here)


@pytest.fixture
def author(office: Flask, plan: "Doc") -> FlaskClient:
    from tests.browsing import log_in

    return log_in(office, "coordinator")


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def plain_app(sqlite_template: Path, tmp_path: Path) -> Iterator[Flask]:
    shutil.copyfile(sqlite_template, tmp_path / sqlite_template.name)
    with serving(_settings(tmp_path, "")) as made:
        yield made


@pytest.fixture
def live(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(10)
    server.server_close()


#: The suggestions below the address line are pages of their own, loaded for each window: a third of
#: its work. This list takes the place of Playwright's, whose names stand first.
SWITCHED_OFF = (
    "AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,HttpsUpgrades,"
    "HttpsFirstBalancedModeAutoEnable,LensOverlay,MediaRouter,PaintHolding,ThirdPartyStoragePartitioning,"
    "AvoidCorsURLLoaderRestartOnRedirect,OptimizationHints,NetworkTimeServiceQuerying,AimEnabled,"
    "PreconnectToSearch,WebUIOmniboxPopup,WebUIOmniboxAimPopup"
)


def chromium() -> str | None:
    """The Chromium to drive: CHROMIUM, else the first one on PATH."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """One for each file of tests: while Playwright is up its event loop runs in this thread, and what
    signs a PDF needs to run one of its own.
    """
    path = chromium()
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium found; .ci/run installs one")
        pytest.skip("no Chromium: install it or name it in CHROMIUM")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        arguments = [f"--disable-features={SWITCHED_OFF}"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            arguments.append("--no-sandbox")
        chrome = playwright.chromium.launch(executable_path=path, args=arguments)
        yield chrome
        chrome.close()
