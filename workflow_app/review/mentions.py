"""Who is meant by an @ in a remark: ``@姓名``, ``@姓名（单位）`` or ``@username``.

The whole name against the register, never a piece of one: of all names that begin behind the @ the
longest counts, among people of one name those who may read the document. An @ within an address for
mail (``a@b.cn``) names nobody.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import or_, select

from workflow_app.extensions import db
from workflow_app.people.models import Person
from workflow_app.people.service import live_grants
from workflow_app.signoff import policy
from workflows.characters import narrow, plain

#: Characters of a name in the register, and of a login name.
MOST_NAME = 40
#: Names looked up for one remark.
MOST = 30
_AT = re.compile("(?<![0-9A-Za-z._%+-])[@\uff20]")
#: Ends what was typed as a name, where the register does not say.
_END = re.compile(r"[\s,.;:!?，。；：！？、（）()「」《》“”\"'@\uff20]")
_USERNAME = re.compile("[0-9A-Za-z][0-9A-Za-z._@-]*")
_UNIT = re.compile(r"\s?[（(]([^（()）\n]{1,80})[)）]")
#: A Chinese name with what may belong to it: no longer, and it may be one name.
_ONE_NAME = re.compile("[\u3400-\u9fff\U00020000-\U0003347f·]{2,4}")


class Named(NamedTuple):
    """Somebody in the register."""

    id: int
    name: str
    username: str


class _Typed(NamedTuple):
    """What stands behind an @, its longest name in the register, and who has it."""

    behind: str
    name: str
    people: tuple[Named, ...]

    @property
    def whole(self) -> str:
        """What the writer may have meant as the name."""
        return _END.split(self.behind, maxsplit=1)[0][:MOST_NAME]

    @property
    def unit(self) -> str:
        found = _UNIT.match(self.behind, len(self.name))
        return found[1].strip() if found else ""


def found(problems: dict[str, str], body: str, artefact_id: int) -> list[Named]:
    """Everybody named in ``body``, once. Names that mean nobody, or more than one, go into ``problems``."""
    named: dict[int, Named] = {}
    behinds = [body[at.end() : at.end() + 3 * MOST_NAME] for at in _AT.finditer(body)]
    for behind in behinds[:MOST]:
        typed = _longest(behind)
        if not typed.whole and not typed.name:
            continue  # an @ by itself
        one, why = _meant(typed, artefact_id)
        if one:
            named[one.id] = one
        else:
            problems.setdefault("body", why)
    if len(behinds) > MOST:
        problems.setdefault("body", _("一条批注里最多 @ %(most)s 次。", most=MOST))
    return list(named.values())


def _longest(behind: str) -> _Typed:
    """The longest name, or login name, that begins ``behind``."""
    names = {behind[:length] for length in range(1, min(len(behind), MOST_NAME) + 1)}
    login = _USERNAME.match(narrow(behind)) if behind.strip()[:1] == behind[:1] else None
    logins = {login[0].rstrip("._@-").lower()} if login else set()
    wanted = or_(Person.name.in_(names | {plain(name) for name in names}), Person.username.in_(logins))
    rows = db.session.execute(
        select(Person.id, Person.name, Person.username).where(wanted, Person.disabled_at.is_(None))
    )
    people: dict[str, list[Named]] = {}
    for row in map(Named._make, rows):
        for name in (row.name, *(logins & {row.username})):
            typed = behind[: len(name)]
            if plain(typed) == plain(name):
                people.setdefault(typed, []).append(row)
    name = max(people, key=len, default="")
    return _Typed(behind, name, tuple(dict.fromkeys(people.get(name, ()))))


def _meant(typed: _Typed, artefact_id: int) -> tuple[Named | None, str]:
    """The one person meant, or a sentence."""
    whole = typed.whole
    if not typed.people:
        return None, _("没有叫「%(name)s」的人，也没有这个用户名。", name=whole)
    if _ONE_NAME.fullmatch(whole) and len(whole) > len(typed.name):
        return None, _(
            "没有叫「%(whole)s」的人。如果是说「%(name)s」，请在姓名后面空一格。",
            whole=whole, name=typed.name,
        )  # fmt: skip
    readers = [one for one in typed.people if policy.may_read(one.id, artefact_id)]
    people = readers or typed.people
    if typed.unit:
        there = [one for one in people if plain(typed.unit) in map(plain, _units(one))]
        if len(there) == 1:
            return there[0], ""
    if len(people) == 1:
        return people[0], ""
    return None, _several(typed.name, people)


def _units(person: Named) -> list[str]:
    return list(dict.fromkeys(grant.unit.name for grant in live_grants(person.id)))


def _several(name: str, people: Sequence[Named]) -> str:
    listed = "、".join(
        f"@{one.name}（{'、'.join(_units(one)) or _('没有角色')}，@{one.username}）" for one in people
    )
    return _(
        "叫「%(name)s」的有 %(n)s 人：%(listed)s。请写成 @姓名（单位）或 @用户名。",
        name=name, n=len(people), listed=listed,
    )  # fmt: skip
