"""Style sheets, scripts and templates: readable as they stand here, small as they are sent."""

import gzip
import re
from pathlib import Path

import brotli
import pytest
from flask import Flask

from tests.browsing import log_in
from tests.builders import County, a_development_plan, county
from workflow_app.extensions import db
from workflow_app.web.assets import SHEETS, Assets
from workflow_app.web.presentation import icon

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "workflow_app" / "static"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
LONGEST_LINE = 120
#: Long lists: every blank between two tags is sent once a row.
DENSE = {"desk/inbox.html", "desk/index.html", "trail/index.html"}
DENSE_MACROS = re.compile(r"\{% macro (?:badge|due|face|item)\(.*?\{%-? endmacro %\}", re.DOTALL)
#: Elements that have a line of their own.
OWN_LINE = re.compile(
    r"<(?:article|aside|dd|details|dialog|div|dl|dt|fieldset|footer|form|h[1-3]|header|label|legend|li|main"
    r"|nav|ol|option|p|section|select|summary|table|tbody|td|textarea|th|thead|tr|ul)\b"
)
JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT / "templates").as_posix()


# --- for people to read ----------------------------------------------------------------------


@pytest.mark.parametrize("path", [path for path in TEMPLATES if name_of(path) not in DENSE], ids=name_of)
def test_a_template_has_one_element_a_line(path: Path) -> None:
    text = DENSE_MACROS.sub("", path.read_text(encoding="utf-8"))
    lines = text.splitlines()
    assert [line for line in lines if len(line) > LONGEST_LINE] == []
    assert [line for line in lines if len(OWN_LINE.findall(JINJA.sub("", line))) > 1] == []


def classes_defined() -> set[str]:
    text = "".join(path.read_text(encoding="utf-8") for path in (STATIC / "css").glob("*.css"))
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"@(?:media|supports|page)[^{]*\{", "", text)
    return set(re.findall(r"\.([a-zA-Z][\w-]*)", re.sub(r"\{[^{}]*\}", " ", text)))


def classes_used() -> set[str]:
    """Classes that stand in templates as they are, without those that are put together."""
    found: set[str] = set()
    for path in TEMPLATES:
        for value in re.findall(
            r'class="((?:[^"{]|\{\{.*?\}\}|\{%.*?%\})*)"', path.read_text(encoding="utf-8")
        ):
            found.update(word for word in JINJA.sub("\0", value).split() if "\0" not in word)
    return found


def test_every_class_used_is_defined() -> None:
    plain = {"info"}  # a note without another tone
    assert classes_used() - classes_defined() - plain == set()


def test_every_class_defined_is_used() -> None:
    tints = {f"h{number}" for number in range(6)}
    sources = [*TEMPLATES, *STATIC.rglob("*.js"), *(ROOT / "workflows").glob("*.py")]
    sources += (ROOT / "workflow_app").rglob("*.py")
    words = {word for path in sources for word in re.findall(r"[\w-]+", path.read_text(encoding="utf-8"))}
    assert classes_defined() - words - tints == set()


def test_every_sheet_belongs_to_a_page() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in TEMPLATES)
    linked = set(re.findall(r"asset\('([\w-]+\.css)'\)", text))
    parts = {part for name in linked for part in SHEETS.get(name, (name.removesuffix(".css"),))}
    assert parts == {path.stem for path in (STATIC / "css").glob("*.css")}


def test_every_import_of_a_script_is_fetched_beside_it() -> None:
    assets = Assets(STATIC)
    imported = assets.imports("js/edit/main.js")
    folder = [path.relative_to(STATIC).as_posix() for path in (STATIC / "js" / "edit").glob("*.js")]
    beside = ["js/keeper.js", "js/storage.js", "js/undo.js"]
    assert sorted([*imported, "js/edit/main.js"]) == sorted([*folder, *beside])
    for path in STATIC.rglob("*.js"):
        # A form of import that the server does not see would load late, and one with a bare name not at all.
        text = path.read_text(encoding="utf-8")
        seen = len(assets.imports(path.relative_to(STATIC).as_posix())) if "import" in text else 0
        assert seen >= len(re.findall(r"^import\b", text, re.MULTILINE)), path


# --- as they are sent ------------------------------------------------------------------------


@pytest.fixture
def address(plain_app: Flask) -> str:
    """Where the style sheet of every page is."""
    found = re.search(r'href="(/static/\w+/app\.css)"', plain_app.test_client().get("/login").text)
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("accepts", "encoding"),
    [("gzip, deflate", "gzip"), ("gzip, deflate, br", "br"), ("", None), ("br;q=0, gzip", "gzip")],
)
def test_an_asset_comes_as_the_browser_wants_it(
    plain_app: Flask, address: str, accepts: str, encoding: str | None
) -> None:
    answer = plain_app.test_client().get(address, headers={"Accept-Encoding": accepts})
    assert answer.headers.get("Content-Encoding") == encoding
    assert "Accept-Encoding" in answer.headers["Vary"]
    unpack = {"gzip": gzip.decompress, "br": brotli.decompress, None: bytes}[encoding]
    assert b".btn{" in unpack(answer.data)
    assert answer.mimetype == "text/css"


def test_an_asset_is_kept_for_good_under_its_name(plain_app: Flask, address: str) -> None:
    client = plain_app.test_client()
    assert client.get(address).headers["Cache-Control"] == "public, max-age=31536000, immutable"
    # A page from before an upgrade still finds its style sheet, and nobody keeps that one.
    version = address.split("/")[2]
    old = client.get(address.replace(version, "0123456789"))
    assert old.status_code == 200
    assert old.headers["Cache-Control"] == "no-cache"


def test_the_name_follows_the_content(tmp_path: Path) -> None:
    (tmp_path / "js").mkdir()
    (tmp_path / "js" / "a.js").write_text("let a = 1;")
    before = Assets(tmp_path).version
    assert Assets(tmp_path).version == before
    (tmp_path / "js" / "a.js").write_text("let a = 2;")
    assert Assets(tmp_path).version != before


@pytest.mark.parametrize(
    "name", ["none.css", "js", "js/../../settings.py", "%2e%2e/settings.py", "css/app.css"]
)
def test_nothing_else_is_served(plain_app: Flask, address: str, name: str) -> None:
    assert plain_app.test_client().get(address.replace("app.css", name)).status_code == 404


def test_every_address_in_a_page_carries_the_name(plain_app: Flask) -> None:
    page = plain_app.test_client().get("/login").text
    assert len(re.findall(r"/static/", page)) > 3
    assert len(re.findall(r"/static/[0-9a-f]{10}/", page)) == len(re.findall(r"/static/", page))


def wire_size(app: Flask, username: str, page: str) -> dict[str, int]:
    """Bytes of a first visit as a browser that knows only gzip gets them, headers and all, by address."""
    client = log_in(app, username)
    sizes: dict[str, int] = {}
    waiting = [page]
    while waiting:
        address = waiting.pop()
        answer = client.get(address, headers={"Accept-Encoding": "gzip"})
        assert answer.status_code == 200, address
        sizes[address] = len(answer.data) + len(str(answer.headers).encode())
        if address == page:
            text = gzip.decompress(answer.data).decode()
            waiting += set(re.findall(r'(?:src|href)="(/static/[^"]+)"', text))
    return sizes


@pytest.fixture
def busy(office: Flask) -> County:
    """A county whose principal has thirty plans of teachers to sign."""
    here = county()
    for number in range(30):
        teacher = here.person(f"teacher{number:02}", ("teacher", "school1"))
        a_development_plan(here, by=teacher).submitted()
    db.session.remove()
    return here


@pytest.mark.sqlite_only
def test_a_full_desk_is_small(app: Flask, busy: County) -> None:
    sizes = wire_size(app, "principal", "/")
    assert len(sizes) == 6  # the page, its style, its script and two it needs, the sign of the product
    assert sum(sizes.values()) <= 30 * 1024, sizes


# --- pages -----------------------------------------------------------------------------------


def test_a_page_is_compressed(plain_app: Flask) -> None:
    client = plain_app.test_client()
    plain = client.get("/login")
    packed = client.get("/login", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data) * 2 / 3
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert gzip.decompress(packed.data).decode().count("<form") == plain.text.count("<form")


@pytest.mark.parametrize(
    ("caused_by", "packed"),
    [("none", True), ("same-origin", True), ("cross-site", False), ("same-site", False)],
)
def test_what_another_site_asks_for_is_not_compressed(plain_app: Flask, caused_by: str, packed: bool) -> None:
    """The size of the answer would tell it whether its guess of a word on the page was right."""
    headers = {"Accept-Encoding": "gzip", "Sec-Fetch-Site": caused_by}
    answer = plain_app.test_client().get("/login", headers=headers)
    assert ("Content-Encoding" in answer.headers) == packed


def test_the_size_of_a_page_varies_by_chance(plain_app: Flask) -> None:
    client = plain_app.test_client()
    headers = {"Accept-Encoding": "gzip"}
    assert len({len(client.get("/check", headers=headers).data) for _ in range(20)}) > 5


def test_answers_with_an_etag_stay_as_they_are(plain_app: Flask) -> None:
    @plain_app.get("/tagged")
    def tagged() -> tuple[dict[str, str], dict[str, str]]:
        return {"text": "a" * 5000}, {"ETag": '"7"'}

    answer = plain_app.test_client().get("/tagged", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["ETag"] == '"7"'
    assert "Content-Encoding" not in answer.headers


def test_the_error_page_has_the_picture_of_its_error(plain_app: Flask) -> None:
    answer = plain_app.test_client().get("/nowhere")
    assert answer.status_code == 404
    card = answer.text[answer.text.index('class="card narrow"') :]
    assert str(icon("search")) in card


# --- the page of all pieces ------------------------------------------------------------------


@pytest.mark.sqlite_only
def test_the_styleguide_shows_the_pieces(app: Flask, busy: County) -> None:
    page = log_in(app, "principal").get("/styleguide").text
    for piece in (
        "btn primary",
        "badge t-late",
        "alert error",
        'class="err"',
        "steps",
        "line",
        "sheet",
        "tile",
    ):
        assert piece in page, piece


def test_there_is_no_styleguide_in_production(make_app, settings) -> None:  # type: ignore[no-untyped-def]
    assert make_app(app_env="production").test_client().get("/styleguide").status_code == 404
