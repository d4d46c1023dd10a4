"""Persons and units: what may be typed, in which order they stand, who argues what."""

import pytest
from flask import Flask

from tests.people.world import PASSWORD, World, build, chain, chain_breaks
from workflow_app.authentication import credentials, login
from workflow_app.errors import BadInput, BadPassword, LoginRefused, NotFound
from workflow_app.extensions import db
from workflow_app.people import listing, service, sort_keys
from workflow_app.people.models import Person, Unit

BIDI = "\u202e"


@pytest.fixture
def world(office: Flask) -> World:
    return build()


def test_a_new_person_has_no_password(world: World) -> None:
    person = service.create_person(world.admin, "New.Teacher", "  欧阳 兰 ", phone="138-1234 5678")
    assert (person.username, person.name, person.phone) == ("new.teacher", "欧阳 兰", "138-1234 5678")
    assert person.must_change_password
    assert person.password_hash == ""
    for guess in ("", "new.teacher", "欧阳 兰"):
        with pytest.raises(LoginRefused):
            login.authenticate("new.teacher", guess)


def test_what_nobody_sees_and_full_width_make_no_other_name(world: World) -> None:
    person = service.create_person(
        world.admin, "Ｌｉ．０１\u200b", "\ufeff李\u3000兰\u200b", phone="１３８\u200b１２３４"
    )
    assert (person.username, person.name, person.phone) == ("li.01", "李 兰", "1381234")
    assert service.by_username("ＬＩ.01\u2060") == person
    with pytest.raises(BadInput, match="已有"):
        service.create_unit(world.admin, "school", "城关\u200b小学", stage="小学", parent_id=world.county)


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("username", {"username": ""}),
        ("username", {"username": "a"}),
        ("username", {"username": "a" * 41}),
        ("username", {"username": "ab cd"}),
        ("username", {"username": "ab\x00cd"}),
        ("username", {"username": "教师"}),
        ("username", {"username": "ADMIN01"}),
        ("name", {"name": ""}),
        ("name", {"name": "赵" * 41}),
        ("name", {"name": "赵\x00"}),
        ("name", {"name": f"赵{BIDI}一"}),
        ("name", {"name": "赵\n一"}),
        ("name", {"name": "\ud800"}),
        ("phone", {"phone": "call me"}),
        ("phone", {"phone": "1" * 21}),
    ],
)
def test_bad_input_is_named_by_field(world: World, field: str, given: dict[str, str]) -> None:
    before = db.session.query(Person).count()
    wanted = {"username": "zhao.yi.ming", "name": "赵一鸣"} | given
    with pytest.raises(BadInput) as refused:
        service.create_person(None, **wanted)  # type: ignore[arg-type]
    assert set(refused.value.problems) == {field}
    assert db.session.query(Person).count() == before


def test_correcting_a_person(world: World) -> None:
    before = len(chain())
    service.change_person(world.admin, world.nobody, " 曾致远 ", "138-1234 5678")
    person = db.session.get_one(Person, world.nobody)
    assert (person.name, person.phone) == ("曾致远", "138-1234 5678")
    assert person.sort_key == sort_keys.person_key("曾致远")
    last = chain()[-1]
    assert (last.action, last.actor_id, last.person_id) == ("person:change", world.admin, world.nobody)
    assert "致远".encode() not in last.body
    assert b"1234 5678" not in last.body
    assert b'"fields":["name","phone"]' in last.body
    service.change_person(world.admin, world.nobody, "曾致远", "138-1234 5678")
    assert len(chain()) == before + 1, "nothing changed, nothing to log"
    service.change_person(world.admin, world.nobody, "曾致远", None)
    assert db.session.get_one(Person, world.nobody).phone is None
    assert b'"fields":["phone"]' in chain()[-1].body
    assert not chain_breaks()


@pytest.mark.parametrize(
    ("field", "name", "phone"),
    [
        ("name", "", ""),
        ("name", "赵" * 41, ""),
        ("name", BIDI + "赵", ""),
        ("phone", "赵", "电话"),
        ("phone", "赵", "1"),
    ],
)
def test_what_a_correction_may_not_hold(world: World, field: str, name: str, phone: str) -> None:
    with pytest.raises(BadInput) as refused:
        service.change_person(world.admin, world.nobody, name, phone)
    assert set(refused.value.problems) == {field}
    assert db.session.get_one(Person, world.nobody).name == "任远"
    with pytest.raises(NotFound):
        service.change_person(world.admin, 99999, "赵", "")


def test_changing_the_password(world: World) -> None:
    epoch = db.session.get_one(Person, world.nobody).epoch
    for old, new, field in (
        ("wrong", "一个新的密码 1", "old"),
        (PASSWORD, "short", "new"),
        (PASSWORD, PASSWORD, "new"),
        (PASSWORD, "nobody01", "new"),
    ):
        with pytest.raises(BadPassword) as refused:
            credentials.change_password(world.nobody, old, new)
        assert set(refused.value.problems) == {field}
    assert credentials.change_password(world.nobody, PASSWORD, "一个新的密码 1").epoch == epoch + 1


def test_nobody_disables_themselves(world: World) -> None:
    service.give_role(None, world.nobody, "administrator", world.county, "2025-09-01")
    with pytest.raises(BadInput, match="自己"):
        service.disable(world.admin, world.admin)
    with pytest.raises(NotFound):
        service.disable(world.admin, 99999)


def test_names_sort_by_pinyin_as_surnames_are_read() -> None:
    names = [
        "曾敏",
        "翟云",
        "单晓",
        "任远",
        "仇英",
        "解放",
        "查良",
        "区寄",
        "盖叫天",
        "欧阳兰",
        "张三丰",
        "张三",
    ]
    assert sorted(names, key=sort_keys.person_key) == [
        "盖叫天", "区寄", "欧阳兰", "仇英", "任远", "单晓", "解放", "曾敏", "查良", "翟云", "张三", "张三丰",
    ]  # fmt: skip


def test_sort_keys_fit_their_columns() -> None:
    assert len(sort_keys.person_key("庄" * 40)) <= 200
    assert len(sort_keys.unit_key("庄" * 80)) <= 400


def test_the_list_pages_by_pinyin(world: World) -> None:
    for number in range(7):
        service.create_person(None, f"teacher{number}", f"李{'甲乙丙丁戊己庚'[number]}")
    seen: list[str] = []
    after: int | None = None
    for _page in range(10):
        rows, after = listing.people(after=after, size=3)
        seen += [row.person.name for row in rows]
        if after is None:
            break
    assert len(seen) == 10
    assert seen == sorted(seen, key=sort_keys.person_key)


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("曾", ["曾敏"]),
        ("zengmin", ["曾敏"]),
        ("zm", ["曾敏"]),
        ("PRINCIPAL01", ["曾敏"]),
        ("%", []),
        ("没有这人", []),
    ],
)
def test_search_by_name_login_name_and_pinyin(world: World, q: str, found: list[str]) -> None:
    assert [row.person.name for row in listing.people(q)[0]] == found


def test_filter_by_unit_and_role(world: World) -> None:
    assert [row.person.id for row in listing.people(unit_id=world.school)[0]] == [world.principal]
    assert [row.person.id for row in listing.people(role="administrator")[0]] == [world.admin]
    assert listing.people(unit_id=world.county, role="principal")[0] == []


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("kind", {"kind": "castle"}),
        ("name", {"name": ""}),
        ("name", {"name": "校" * 81}),
        ("name", {"name": f"新{BIDI}校"}),
        ("name", {"name": "城关小学"}),
        ("stage", {"stage": None}),
        ("stage", {"stage": "大学"}),
        ("parent_id", {"parent_id": 99999}),
        ("parent_id", {"parent_id": "x"}),
    ],
)
def test_bad_units(world: World, field: str, given: dict[str, object]) -> None:
    wanted = {"kind": "school", "name": "新学校", "stage": "小学", "parent_id": world.county} | given
    with pytest.raises(BadInput) as refused:
        service.create_unit(None, **wanted)  # type: ignore[arg-type]
    assert set(refused.value.problems) == {field}


def test_units_stand_where_their_kind_belongs(world: World) -> None:
    with pytest.raises(BadInput):
        service.create_unit(None, "department", "新部", parent_id=world.school)
    with pytest.raises(BadInput):
        service.create_unit(None, "department", "新部")
    with pytest.raises(BadInput, match="学段"):
        service.create_unit(None, "bureau", "教育局", stage="小学")


def test_a_unit_does_not_stand_below_itself(world: World) -> None:
    service.change_unit(None, world.other_school, "柳河学校", stage="九年一贯", parent_id=world.school)
    with pytest.raises(BadInput) as refused:
        service.change_unit(None, world.school, "城关小学", stage="小学", parent_id=world.other_school)
    assert set(refused.value.problems) == {"parent_id"}
    changed = db.session.get_one(Unit, world.other_school)
    assert (changed.name, changed.stage) == ("柳河学校", "九年一贯")


def test_routes_are_ordered_data(world: World) -> None:
    training = db.session.query(Unit).filter_by(kind="training_school").one().id
    middle = service.create_unit(None, "department", "中学部", parent_id=training).id
    service.set_route(None, "九年一贯", [world.department, middle])
    service.set_route(None, "九年一贯", [middle, world.department])
    assert [unit.name for unit in service.routes()["九年一贯"]] == ["中学部", "小学部"]
    assert service.routes()["小学"] == []
    for stage, departments in (
        ("大学", [middle]),
        ("小学", []),
        ("小学", [middle, middle]),
        ("小学", [world.school]),
        ("小学", [99999]),
    ):
        with pytest.raises(BadInput):
            service.set_route(None, stage, departments)
