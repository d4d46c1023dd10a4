"""Who is it: right and wrong passwords, keys to the API."""

import pytest

from tests.authentication.doors import Watch
from tests.people.world import PASSWORD, World
from workflow_app.authentication import login, tokens
from workflow_app.errors import BadInput, LoginRefused, NotFound
from workflow_app.extensions import db
from workflow_app.people import passwords, service
from workflow_app.people.models import Person

NAMES = ["principal01", "nobody-of-this-name"]


def refused(username: str, password: str = "wrong") -> LoginRefused:
    with pytest.raises(LoginRefused) as found:
        login.authenticate(username, password)
    return found.value


# --- name and password -----------------------------------------------------------------------


@pytest.mark.usefixtures("inside")
def test_the_right_password(world: World) -> None:
    assert login.authenticate("principal01", PASSWORD).id == world.principal
    assert login.authenticate(" Principal01 ", PASSWORD).id == world.principal


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize("password", ["", "wrong", PASSWORD + " ", "x" * 100_000, "\x00", "\ud800"])
@pytest.mark.parametrize("username", [*NAMES, "", "\x00", "x" * 100_000, "\ud800", "管理员"])
def test_wrong_is_wrong_in_the_same_words(username: str, password: str) -> None:
    found = refused(username, password)
    assert (found.code, found.say("zh")) == ("wrong", "用户名或密码不对。")


@pytest.mark.usefixtures("inside")
def test_unknown_names_cost_a_verification_too(monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str] = []
    real = passwords.verify

    def verify(stored: str, password: str) -> bool:
        verified.append(stored)
        return real(stored, password)

    monkeypatch.setattr(passwords, "verify", verify)
    refused("nobody-of-this-name")
    refused("principal01")
    assert verified[0] == passwords.dummy_hash()
    assert len(verified) == 2
    assert verified[0].split("$")[:4] == verified[1].split("$")[:4]  # the same parameters


@pytest.mark.usefixtures("inside")
def test_disabled_is_told_only_after_the_right_password(world: World) -> None:
    service.disable(None, world.principal)
    assert refused("principal01").code == "wrong"
    assert refused("principal01", PASSWORD).code == "disabled"


@pytest.mark.usefixtures("inside")
def test_older_hashes_are_renewed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = db.session.get_one(Person, world.principal).password_hash
    monkeypatch.setattr(passwords, "needs_rehash", lambda stored: True)
    login.authenticate("principal01", PASSWORD)
    db.session.rollback()
    assert db.session.get_one(Person, world.principal).password_hash != before
    login.authenticate("principal01", PASSWORD)


# --- tokens ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("inside")
def test_a_token_is_found_until_it_ends(world: World, watch: Watch) -> None:
    key = tokens.make(world.principal, world.principal, may_sign=True, label="教务系统", days=2)
    found = tokens.find(key)
    assert found is not None
    assert (found.person.id, found.may_sign, found.label) == (world.principal, True, "教务系统")
    assert key not in found.digest
    for wrong in ("", "yx_", key[:-1], key + "x", key.upper(), "\x00", "yx_\ud800"):
        assert tokens.find(wrong) is None
    watch.later(days=3)
    assert tokens.find(key) is None


@pytest.mark.usefixtures("inside")
def test_a_token_taken_back(world: World) -> None:
    key = tokens.make(None, world.principal)
    number = tokens.find(key).id  # type: ignore[union-attr]
    with pytest.raises(NotFound):
        tokens.revoke(None, number, of=world.admin)
    tokens.revoke(None, number)
    tokens.revoke(None, number)
    assert tokens.find(key) is None
    assert [usable for _token, usable in tokens.of_person(world.principal)] == [False]


@pytest.mark.usefixtures("inside")
def test_tokens_that_cannot_be(world: World) -> None:
    for given in ({"days": 0}, {"days": 10_000}, {"label": "长" * 81}):
        with pytest.raises(BadInput):
            tokens.make(None, world.principal, **given)  # type: ignore[arg-type]
    service.disable(None, world.principal)
    with pytest.raises(BadInput):
        tokens.make(None, world.principal)
