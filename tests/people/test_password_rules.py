"""Which passwords will do, in either profile."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import pytest
from flask import Flask

from tests.people.world import PASSWORD, Browser, build
from workflow_app import clock
from workflow_app.authentication import credentials, one_time
from workflow_app.authentication.models import FormerPassword
from workflow_app.errors import BadInput, BadPassword
from workflow_app.extensions import db
from workflow_app.people import familiar, password_rules, service
from workflow_app.people.models import Person

UNITS = ("青禾县", "城关小学")
ZENG = familiar.of_account("principal01", "曾敏", "13812345678", UNITS)
GOOD = "Kx7-quiet River"
COMMON = """woaini1314 WoAiNi1314 woaini520 woaini5201314 5201314a password1 Passw0rd! p@ssw0rd123
abc123456 a1b2c3d4 1qaz2wsx qq123456 iloveyou1314 admin888 laoshi888 xuexiao123 mima123456 qwertyuiop zhongguo
yanxiu2026"""
OWN = """principal01 Principal01! principal2026 曾敏曾敏2026 zengmin2026 ZengMin@2026 minzeng123 zm19850312
zm@123456 123456zm Zm13812345678 13812345678 12345678zm zengmin666 qinghe2026 Qinghe@2026 Qinghe@2026!
qinghexian1 qhx20262027 chengguan2026 chengguanxiaoxue ChengGuanXiaoXue1 cgxx2026! 城关小学2026 青禾县教育2026
ｚｅｎｇｍｉｎ２０２６ z3ngmin2026"""
GOOD_ONES = """一个新的密码 1
correct horse battery
demo-pass-2026
kj3-9fmQ
我在操场边上教了二十年书
tbwe2kq7mh
🌱🌿🍀春天来了呀
zzzm-xq84-tt1p
xxxLq8zR-wolkenLq8zR-wolkenLq8zR-wolkenLq8zR-wolkenLq8zR-wolkenLq8zR-wolken"""


@pytest.fixture
def asvs(plain_app: Flask) -> Flask:
    with plain_app.app_context():
        yield plain_app


@pytest.fixture
def dengbao(make_app: Callable[..., Flask]) -> Flask:
    app = make_app(password_profile="dengbao")
    with app.app_context():
        yield app
        db.session.remove()


@pytest.fixture
def principal(make_app: Callable[..., Flask]) -> int:
    """Somebody with a password that either profile takes, set before the site changes its profile."""
    with make_app().app_context():
        found = build().principal
        credentials.change_password(found, PASSWORD, GOOD)
        db.session.remove()
    return found


# --- what is easily guessed ------------------------------------------------------------------------


@pytest.mark.usefixtures("asvs")
@pytest.mark.parametrize("password", COMMON.split())
def test_common_passwords_are_refused(password: str) -> None:
    assert "常见的密码" in password_rules.problem(password)


@pytest.mark.usefixtures("asvs")
@pytest.mark.parametrize(
    "password", ["19850312", "20262027", "12345678", "lovelove2", "aabbccdd", "86427531"]
)
def test_dates_and_sequences_are_refused(password: str) -> None:
    assert password_rules.problem(password)


@pytest.mark.usefixtures("asvs")
@pytest.mark.parametrize("password", OWN.split())
def test_own_name_login_phone_school_and_county_are_refused(password: str) -> None:
    assert "姓名、用户名、电话、单位" in password_rules.problem(password, ZENG)


@pytest.mark.usefixtures("asvs")
@pytest.mark.parametrize("password", [PASSWORD, GOOD, *GOOD_ONES.splitlines()])
def test_others_will_do_whatever_their_characters(password: str) -> None:
    assert password_rules.problem(password, ZENG) == ""


@pytest.mark.usefixtures("asvs")
def test_what_is_familiar_of_one_is_not_of_another() -> None:
    other = familiar.of_account("teacher01", "欧阳修文", None, ("柳河小学",))
    assert password_rules.problem("ouyangxiuwen1", other)
    assert password_rules.problem("xiuwenouyang", other)
    assert password_rules.problem("oyxw2026", other)
    assert password_rules.problem("Ouyangxiuwen-71", ZENG) == ""


@pytest.mark.usefixtures("asvs")
@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("kj3-9fm", "密码至少 8 个字符。"),
        ("Lq8zR-wo" * 16 + "x", "密码最多 128 个字符。"),
        ("kj3-9fm\x07Q", "密码里不能有控制字符。"),
        ("abababab", "密码太简单，请至少用四个不同的字符。"),
    ],
)
def test_length_and_characters(password: str, reason: str) -> None:
    assert password_rules.problem(password) == reason


@pytest.mark.usefixtures("asvs")
def test_the_longest_are_judged_by_their_first_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[str] = []
    real = password_rules._estimate

    def estimate(password: str, words: tuple[str, ...]) -> object:
        looked_at.append(password)
        return real(password, words)

    monkeypatch.setattr(password_rules, "_estimate", estimate)
    assert password_rules.problem("Lq8zR-wo" * 16) == ""
    assert [len(one) for one in looked_at] == [40]


# --- the profiles ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("asvs")
def test_asvs_asks_for_no_kinds_of_characters_and_never_for_a_new_one() -> None:
    assert password_rules.problem("tbwe-kqw-xmhq") == ""
    person = Person(created_at=clock.stamp(clock.now() - timedelta(days=900)))
    assert not password_rules.expired(person)
    assert "可以用一句话" in password_rules.hint()


@pytest.mark.usefixtures("dengbao")
@pytest.mark.parametrize(
    ("password", "good"),
    [("tbwekqwxmhqp", False), ("tbwe2kq7mh", False), ("TBWE-KQWXMH", False), ("tbwe2kq-7mh", True),
     ("Tbwe2kq7mh", True), ("春风kq7mhxw", True)],
)  # fmt: skip
def test_dengbao_asks_for_three_of_four_kinds(password: str, good: bool) -> None:
    found = password_rules.problem(password)
    assert (found == "") == good
    assert good or "至少三种" in found


@pytest.mark.usefixtures("dengbao")
def test_dengbao_refuses_common_ones_too() -> None:
    assert "常见的密码" in password_rules.problem("Passw0rd!")
    assert "姓名、用户名" in password_rules.problem("Qinghe@2026", ZENG)


def test_dengbao_wants_a_new_one_after_ninety_days(
    principal: int, dengbao: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Browser(dengbao)
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=89))
    browser.log_in("principal01", GOOD)
    assert browser.get("/").status_code == 200
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=91))
    browser.get("/login")
    assert browser.post("/login", {"username": "principal01", "password": GOOD}).status_code == 303
    assert "已用满 90 天" in browser.get("/me").text
    assert browser.get("/").headers["Location"] == "/me?next=/#password"
    new = "Another-9 brook"
    assert browser.post("/me/password", {"old": GOOD, "new": new, "again": new}).status_code == 303
    assert browser.get("/").status_code == 200
    assert db.session.query(FormerPassword).filter_by(person_id=principal).count() == 1


def test_dengbao_refuses_the_last_five(principal: int, dengbao: Flask) -> None:
    used = [GOOD, *(f"Tbwe{number}-kq7mh" for number in range(5))]
    for old, new in pairwise(used):
        credentials.change_password(principal, old, new)
    present = used[-1]
    for again in used[1:-1]:
        with pytest.raises(BadPassword) as found:
            credentials.change_password(principal, present, again)
        assert str(found.value.problems["new"]) == "最近 5 次用过的密码不能再用。"
    with pytest.raises(BadPassword):
        credentials.change_password(principal, present, present)
    credentials.change_password(principal, present, used[0])
    assert db.session.query(FormerPassword).filter_by(person_id=principal).count() == 4


def test_asvs_keeps_no_former_passwords(principal: int, office: Flask) -> None:
    credentials.change_password(principal, GOOD, PASSWORD)
    assert db.session.query(FormerPassword).count() == 0


# --- where they are asked --------------------------------------------------------------------------


def test_the_form_says_why_beside_the_field(app: Flask) -> None:
    with app.app_context():
        build()
    browser = Browser(app)
    browser.log_in("principal01")
    whys = {"zengmin2026": "主要是您的姓名", "chengguan2026": "单位或所在县", "woaini1314": "常见的密码"}
    for new, why in whys.items():
        answer = browser.post("/me/password", {"old": PASSWORD, "new": new, "again": new})
        assert answer.status_code == 422
        assert why in answer.text
        assert 'aria-describedby="new-help new-error"' in answer.text


@pytest.mark.usefixtures("office")
def test_nor_is_a_first_password_of_that_kind() -> None:
    build()
    person = service.create_person(None, "teacher01", "王静").id
    access = one_time.by_code("teacher01", one_time.give(None, person).raw)
    assert access
    digest = access.digest
    for password in ("qinghe2026", "wangjing99", "woaini1314"):
        with pytest.raises(BadInput) as found:
            one_time.set_password(digest, password)
        assert "new" in found.value.problems
    assert one_time.set_password(digest, PASSWORD).password_hash
