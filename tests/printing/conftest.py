"""One signing key for all tests of this folder: making one takes most of a second."""

import shutil
from pathlib import Path

import pytest
from flask import Flask

from workflow_app.printing import signing

COUNTY = "青禾县"


@pytest.fixture(scope="session")
def signing_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("signing")
    signing.sealer(folder, COUNTY)
    return folder / signing.FILE


@pytest.fixture
def office(app: Flask, signing_key: Path, office: Flask) -> Flask:
    """The office with a signing key in place."""
    shutil.copy(signing_key, office.config["SETTINGS"].data_dir / signing.FILE)
    return office


@pytest.fixture
def certificate(signing_key: Path) -> str:
    return signing.certificate(signing_key.parent, COUNTY)[0]
