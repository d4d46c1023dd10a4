"""Signing, refusing, taking back: the page says why it cannot be done, and nothing typed is lost."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.builders import PASSWORD, County, Doc, a_plan, full_content
from tests.journeys.conftest import Visitor, state_of
from workflow_app.extensions import db

Visit = Callable[..., Visitor]


def put_down(doc: Doc) -> int:
    """The document's number, with no transaction of the test left open."""
    db.session.remove()
    return doc.id


@pytest.mark.sqlite_only
def test_a_wrong_password_is_said_beside_its_field(visit: Visit, here: County) -> None:
    plan = put_down(a_plan(here).submitted())
    principal = visit("principal")
    principal.expects(422)
    page = principal.go(f"/artefacts/{plan}")
    sheet = principal.sheet("sign")
    sheet.get_by_label("意见").fill("同意上报, 请认真组织")
    sheet.get_by_label("登录密码").fill("不是这个密码")
    principal.confirm(sheet)
    expect(page.locator("#password-sign-error")).to_contain_text("密码不对")
    sheet = page.locator("#act-sign")
    expect(sheet).to_be_visible()
    password = sheet.get_by_label("登录密码")
    expect(password).to_have_attribute("aria-invalid", "true")
    expect(password).to_be_focused()
    expect(password).to_have_value("")
    expect(sheet.get_by_label("意见")).to_have_value("同意上报, 请认真组织")
    assert state_of(plan) == "school_review"
    password.fill(PASSWORD)
    principal.confirm(sheet)
    principal.says("进修学校论证")
    assert state_of(plan) == "training_review"


def test_who_was_faster_is_named(visit: Visit, here: County) -> None:
    """The coordinator withdraws while the principal still reads: nothing is signed."""
    plan = put_down(a_plan(here).submitted())
    principal, coordinator = visit("principal"), visit("coordinator")
    principal.expects(409)
    principal.go(f"/artefacts/{plan}")
    sheet = principal.sheet("sign")
    sheet.get_by_label("意见").fill("这句话不能丢")
    sheet.get_by_label("登录密码").fill(PASSWORD)
    coordinator.go(f"/artefacts/{plan}")
    coordinator.confirm(coordinator.sheet("withdraw"))
    coordinator.page.locator(".alert.success").wait_for()
    principal.confirm(sheet)
    main = principal.page.locator("main")
    expect(main).to_contain_text("coordinator的姓名")
    expect(main).to_contain_text("撤回")
    expect(main).to_contain_text("这句话不能丢")
    assert state_of(plan) == "draft"
    principal.page.get_by_role("link", name="看最新情况").click()
    principal.page.locator("#text-h").wait_for()
    assert principal.state() == "草稿"


@pytest.mark.sqlite_only
def test_what_cannot_be_done_says_why(visit: Visit, here: County) -> None:
    """A draft with an empty required field: submitting is shown as off, the reason and the way to mend it."""
    plan = put_down(a_plan(here, content=full_content(goals="")))
    coordinator = visit("coordinator")
    page = coordinator.go(f"/artefacts/{plan}")
    off = page.locator(".acts a[href='#why-submit']")
    expect(off).to_be_visible()
    off.click()
    why = page.locator("#why-submit")
    expect(why).to_be_in_viewport()
    assert len(why.inner_text().strip()) > len("提交")
    why.get_by_role("link", name="去补全").click()
    expect(page.locator("#summary")).to_contain_text("研修目标")
    page.locator("#summary").get_by_role("link").first.click()
    expect(page.locator("#f-goals")).to_be_in_viewport()
    expect(page.locator("#f-goals")).to_have_attribute("aria-invalid", "true")


@pytest.mark.sqlite_only
def test_withdrawn_by_the_author_taken_back_by_the_signer(visit: Visit, here: County) -> None:
    plan = put_down(a_plan(here).submitted())
    coordinator, principal = visit("coordinator"), visit("principal")
    coordinator.go(f"/artefacts/{plan}")
    coordinator.confirm(coordinator.sheet("withdraw"))
    coordinator.page.locator(".alert.success").wait_for()
    assert coordinator.state() == "草稿"
    coordinator.confirm(coordinator.sheet("submit"))
    coordinator.page.locator(".alert.success").wait_for()
    principal.go(f"/artefacts/{plan}")
    sheet = principal.sheet("sign")
    sheet.get_by_label("登录密码").fill(PASSWORD)
    principal.confirm(sheet)
    principal.page.locator(".alert.success").wait_for()
    assert principal.state() == "进修学校论证"
    principal.confirm(principal.sheet("take_back"))
    principal.page.locator(".alert.success").wait_for()
    assert principal.state() == "学校审核"
    assert state_of(plan) == "school_review"


def test_the_principal_of_a_tiny_school_has_another_one_sign(visit: Visit, here: County) -> None:
    """柳河小学 has only its principal: the parent school's principal signs, and reads why."""
    plan = put_down(a_plan(here, by=here.principal3).submitted())
    author, parent = visit("principal3"), visit("principal")
    page = author.go(f"/artefacts/{plan}")
    main = page.locator("main")
    expect(main).to_contain_text("principal的姓名")
    expect(main).to_contain_text("参与了起草")
    expect(page.locator("#act-sign")).to_have_count(0)
    page = parent.go("/")
    page.locator("ul.rows a.row-link").first.click()
    expect(page.locator("main")).to_contain_text("参与了起草")
    sheet = parent.sheet("sign")
    sheet.get_by_label("登录密码").fill(PASSWORD)
    parent.confirm(sheet)
    page.locator(".alert.success").wait_for()
    assert state_of(plan) == "training_review"


@pytest.mark.sqlite_only
def test_a_return_says_what_to_change(visit: Visit, here: County) -> None:
    plan = put_down(a_plan(here).submitted().signed())
    lead = visit("lead")
    lead.expects(403, 422)
    page = lead.go(f"/artefacts/{plan}")
    sheet = lead.sheet("return")
    sheet.locator("textarea[name=comment]").fill("再想想")
    lead.confirm(sheet)
    sheet = page.locator("#act-return")
    expect(sheet).to_be_visible()
    expect(sheet.locator(".err")).not_to_have_count(0)
    expect(sheet.locator("textarea[name=comment]")).to_have_value("再想想")
    assert state_of(plan) == "training_review"
    # A section without words is refused beside the words.
    sheet.locator("select").first.select_option("goals")
    lead.confirm(sheet)
    wrong = page.locator("#act-return textarea[aria-invalid=true]")
    expect(wrong).to_have_count(1)
    expect(page.locator("#act-return select").first).to_have_value("goals")
    wrong.fill("目标请写得可以检验")
    lead.confirm(page.locator("#act-return"))
    lead.says("已退回")
    assert state_of(plan) == "returned"


@pytest.mark.sqlite_only
def test_signing_without_scripts(visit: Visit, here: County) -> None:
    plan = put_down(a_plan(here).submitted())
    principal = visit("principal", java_script_enabled=False)
    principal.expects(422)
    page = principal.go(f"/artefacts/{plan}")
    sheet = principal.sheet("sign")
    sheet.get_by_label("意见").fill("同意")
    sheet.get_by_label("登录密码").fill("不对")
    principal.confirm(sheet)
    sheet = page.locator("#act-sign")
    expect(sheet).to_be_visible()
    expect(sheet.locator(".err")).to_contain_text("密码不对")
    expect(sheet.get_by_label("意见")).to_have_value("同意")
    sheet.get_by_label("登录密码").fill(PASSWORD)
    principal.confirm(sheet)
    page.locator(".alert.success").wait_for()
    assert state_of(plan) == "training_review"

    lead = visit("lead", java_script_enabled=False)
    page = lead.go(f"/artefacts/{plan}")
    sheet = lead.sheet("return")
    for number, (section, text) in enumerate((("goals", "写具体"), ("rules", "补考勤"))):
        sheet.locator(f"select[name='points.{number}.section']").select_option(section)
        sheet.locator(f"textarea[name='points.{number}.text']").fill(text)
    lead.confirm(sheet)
    lead.says("已退回")
    expect(page.locator("#points article")).to_have_count(2)


@pytest.mark.sqlite_only
def test_a_comment_half_written_survives_leaving_the_page(visit: Visit, here: County) -> None:
    plan = put_down(a_plan(here).submitted())
    principal = visit("principal")
    page = principal.go(f"/artefacts/{plan}")
    principal.sheet("sign").get_by_label("意见").press_sequentially("写了一半")
    principal.go("/")
    principal.go(f"/artefacts/{plan}")
    expect(page.locator("#act-sign").get_by_label("意见")).to_have_value("写了一半")
    expect(page.locator("#act-sign")).to_be_visible()  # as it was left
    page.keyboard.press("Escape")
    page.reload()
    expect(page.locator("#act-sign")).to_be_hidden()
    expect(principal.sheet("sign").get_by_label("意见")).to_have_value("写了一半")
    page.keyboard.press("Escape")
    expect(page.locator("#act-sign")).to_be_hidden()
    expect(page.locator(".acts a[href='#act-sign']")).to_be_focused()
