"""Attachments in a real browser: several at once with their progress, and again when the network is lost."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.builders import County, a_plan
from tests.files.examples import jpg, office, pdf, png
from tests.journeys.conftest import Visitor, content_of, saved
from workflow_app.artefacts.models import Artefact
from workflow_app.attachments import lists
from workflow_app.extensions import db

pytestmark = pytest.mark.sqlite_only
Visit = Callable[..., Visitor]


@pytest.fixture
def plan(here: County) -> Iterator[int]:
    artefact = a_plan(here).id
    db.session.remove()
    yield artefact
    db.session.rollback()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "teacher"
    made.mkdir()
    for name, data in {
        "活动照片.jpg": jpg(), "课例.docx": office("docx"), "签到表.png": png(), "通知.pdf": pdf(),
        "带宏.docx": office("docx", {"word/vbaProject.bin": b"x"}),
        "长录像说明.txt": "研修\n".encode() * 600_000,
    }.items():  # fmt: skip
        (made / name).write_bytes(data)
    return made


def edit(window: Visitor, artefact: int) -> Page:
    page = window.go(f"/artefacts/{artefact}/edit")
    page.locator("#edit").wait_for()
    return page


def names(artefact: int) -> list[str]:
    db.session.rollback()
    digest = db.session.get_one(Artefact, artefact).attachments_sha256
    found = [item.name for item in lists.items(artefact, digest)]
    db.session.rollback()
    return found


def answers_go_through(page: Page, gate: str) -> None:
    """Each upload has reached the server; ``gate`` decides what the page hears of it, and when."""
    page.evaluate(
        "() => { window.held = []; const send = XMLHttpRequest.prototype.send, gate = " + gate + ";"
        " XMLHttpRequest.prototype.send = function (body) { const load = this.onload, error = this.onerror;"
        " this.onload = (e) => gate(window.held, JSON.parse(this.responseText).version,"
        " { load: () => load.call(this, e), error: () => error.call(this, e) });"
        " return send.call(this, body); }; }"
    )


def test_several_files_at_once_while_typing(visit: Visit, plan: int, folder: Path) -> None:
    window = visit("coordinator")
    # 409: what is typed may be sent while a file is on its way; the page then takes the new version.
    window.expects(422, 409)
    page = edit(window, plan)
    page.locator("#f-basis").fill("边传边写")
    chosen = ("活动照片.jpg", "课例.docx", "签到表.png", "带宏.docx")
    page.locator("#attach-file").set_input_files([folder / name for name in chosen])
    expect(page.locator("#files > li")).to_have_count(3)
    expect(page.locator("#uploads")).to_contain_text("文件里带有宏，没有收")
    page.locator("#uploads").get_by_role("button", name="取消").click()
    expect(page.locator("#uploads > li")).to_have_count(0)
    assert sorted(names(plan)) == sorted(["活动照片.jpg", "课例.docx", "签到表.png"])
    # The version went up with every file; what is typed is saved all the same, and nobody is warned.
    page.locator("#f-basis").fill("边传边写，都还在")
    saved(page)
    assert content_of(plan)["basis"] == "边传边写，都还在"
    expect(page.locator("#merge")).to_be_hidden()
    page.get_by_role("button", name="删去 签到表.png").click()
    expect(page.locator("#files > li")).to_have_count(2)
    page.locator("#f-basis").fill("删了一个，接着写")
    saved(page)
    assert "签到表.png" not in names(plan)


def test_progress_is_shown_and_a_lost_upload_is_sent_again(visit: Visit, plan: int, folder: Path) -> None:
    window = visit("coordinator")
    page = edit(window, plan)
    tried: list[str] = []

    def lose_twice(route: Route) -> None:
        tried.append(route.request.url)
        route.abort("connectionreset") if len(tried) < 3 else route.continue_()

    page.route("**/attachments", lose_twice)
    page.evaluate(
        "() => { window.seen = []; const open = XMLHttpRequest.prototype.send;"
        " XMLHttpRequest.prototype.send = function (body) { this.upload.addEventListener('progress',"
        " (e) => window.seen.push(e.loaded / e.total)); return open.call(this, body); }; }"
    )
    page.locator("#attach-file").set_input_files(folder / "长录像说明.txt")
    expect(page.locator("#uploads")).to_contain_text("秒后自动重传")
    expect(page.locator("#files > li")).to_have_count(1)
    assert (len(tried), names(plan)) == (3, ["长录像说明.txt"])
    assert page.evaluate("window.seen").pop() == 1


def test_answers_in_the_other_order(visit: Visit, plan: int, folder: Path) -> None:
    """The first file's answer comes after the second's: the whole list stays, and saving goes on at once."""
    page = edit(visit("coordinator"), plan)
    answers_go_through(
        page,
        "(held, version, on) => { held.push([version, on.load]);"
        " if (held.length === 2) held.sort((a, b) => b[0] - a[0]).forEach((one) => one[1]()); }",
    )
    page.locator("#attach-file").set_input_files([folder / "通知.pdf", folder / "签到表.png"])
    expect(page.locator("#uploads > li")).to_have_count(0)
    expect(page.locator("#files > li")).to_have_count(2)
    page.locator("#f-basis").fill("两份都在")
    saved(page)
    assert content_of(plan)["basis"] == "两份都在"


def test_an_answer_that_is_lost_makes_no_second_copy(visit: Visit, plan: int, folder: Path) -> None:
    """The server has taken the file, but the browser never hears of it and sends it again."""
    window = visit("coordinator")
    page = edit(window, plan)
    answers_go_through(page, "(held, version, on) => { held.push(version) === 1 ? on.error() : on.load(); }")
    page.locator("#attach-file").set_input_files(folder / "通知.pdf")
    expect(page.locator("#files > li")).to_have_count(1)
    assert page.evaluate("window.held.length") == 2
    assert names(plan) == ["通知.pdf"]


def test_without_a_network_it_waits_for_it(visit: Visit, plan: int, folder: Path) -> None:
    window = visit("coordinator")
    page = edit(window, plan)
    window.context.set_offline(True)
    page.locator("#attach-file").set_input_files(folder / "通知.pdf")
    expect(page.locator("#uploads")).to_contain_text("网络断开，恢复后自动重传")
    window.context.set_offline(False)
    expect(page.locator("#files > li")).to_have_count(1)
    assert names(plan) == ["通知.pdf"]


def test_dragging_files_onto_the_page(visit: Visit, plan: int) -> None:
    page = edit(visit("coordinator"), plan)
    dropped = page.evaluate_handle(
        "() => { const data = new DataTransfer();"
        " for (const n of [1, 2]) data.items.add(new File(['第' + n + '次\\n'], n + '.txt')); return data; }"
    )
    page.dispatch_event("#attach .drop", "drop", {"dataTransfer": dropped})
    expect(page.locator("#files > li")).to_have_count(2)
    assert sorted(names(plan)) == ["1.txt", "2.txt"]


def test_too_large_a_file_is_not_even_sent(visit: Visit, plan: int, folder: Path) -> None:
    page = edit(visit("coordinator"), plan)
    page.locator("#attach").evaluate("(form) => { form.dataset.megabytes = '1'; }")
    page.locator("#attach-file").set_input_files(folder / "长录像说明.txt")
    expect(page.locator("#uploads")).to_contain_text("文件超过 1 MB，没有上传")
    assert names(plan) == []


def test_without_scripts_the_form_posts(visit: Visit, plan: int, folder: Path) -> None:
    window = visit("coordinator", java_script_enabled=False)
    page = edit(window, plan)
    page.locator("#attach-file").set_input_files([folder / "通知.pdf", folder / "签到表.png"])
    page.locator("#attach").get_by_role("button", name="上传").click()
    expect(page.locator("#files > li")).to_have_count(2)
    assert names(plan) == ["通知.pdf", "签到表.png"]


def test_a_reader_looks_at_a_picture_and_a_pdf(visit: Visit, plan: int, folder: Path) -> None:
    author = visit("coordinator")
    page = edit(author, plan)
    page.locator("#attach-file").set_input_files(
        [folder / "活动照片.jpg", folder / "通知.pdf", folder / "课例.docx"]
    )
    expect(page.locator("#files > li")).to_have_count(3)
    reader = visit("principal")
    page = reader.go(f"/artefacts/{plan}")
    expect(page.locator("#attachments li")).to_have_count(3)
    page.locator("#attachments .look summary").click()
    page.wait_for_function("() => document.querySelector('.look img').naturalWidth === 8")
    with page.expect_popup() as opened:
        page.get_by_role("link", name="活动照片.jpg", exact=True).click()
    assert opened.value.evaluate("document.contentType") == "image/jpeg"
    with page.expect_download() as kept:
        page.get_by_role("link", name="课例.docx", exact=True).click()
    assert kept.value.suggested_filename == "课例.docx"
