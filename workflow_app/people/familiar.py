"""Words that whoever knows somebody would try as their password: name, school, county, phone, and the like.

As they are written and as they are typed on a keyboard: 曾敏 as ``zengmin``, ``minzeng``, ``zm``.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import or_, select

from workflow_app.extensions import db
from workflow_app.people import sort_keys
from workflow_app.people.models import Grant, Person, Unit

#: What names of units end with; people leave it out.
_ENDINGS = re.compile(
    "(教师进修学校|教师发展中心|教育局|教育体育局|中心小学|中心学校|幼儿园|职业中学|九年一贯制学校"
    "|小学|中学|学校|县|市|区|旗|州)$"
)


@dataclass(frozen=True, slots=True)
class Familiar:
    """``words`` as parts of a password say little; ``initials`` say nothing with figures around them."""

    words: tuple[str, ...] = ()
    initials: tuple[str, ...] = ()


def of_account(username: str, name: str, phone: str | None, units: Iterable[str] = ()) -> Familiar:
    """What is familiar of an account with these data, whose person works at ``units`` (their names)."""
    figures = re.sub(r"\D", "", phone or "")
    read = _syllables(sort_keys.person_key(name))
    words = [
        username,
        *re.split(r"[^a-z]+", username),
        name,
        figures,
        figures[-8:],
        figures[-6:],
        figures[3:7],
    ]
    # The surname, of one or two syllables, first, last, alone, or left out.
    for surname, given in ((read[:1], read[1:]), (read[:2], read[2:])):
        words += ["".join(part) for part in (surname + given, given + surname, given, surname)]
    initials = ["".join(one[0] for one in read)]
    for unit in units:
        for text in (unit, _ENDINGS.sub("", unit)):
            read = _syllables(sort_keys.unit_key(text))
            words += [text, "".join(read)]
            initials.append("".join(one[0] for one in read))
    kept = [word for word in dict.fromkeys(one.lower() for one in words) if len(word) > 2 or _hanzi(word)]
    return Familiar(tuple(kept), tuple(dict.fromkeys(one for one in initials if len(one) > 1)))


def of_person(person: Person) -> Familiar:
    """What is familiar of somebody: also the units where they have, or had, a role, and the county."""
    held = select(Grant.unit_id).where(Grant.person_id == person.id)
    return of_account(person.username, person.name, person.phone, _units(held))


def of_stranger(username: str, name: str, phone: str | None) -> Familiar:
    """What is familiar of somebody who has no role yet: also the county."""
    return of_account(username, name, phone, _units(None))


def _units(held: object | None) -> list[str]:
    county = Unit.kind == "county"
    wanted = county if held is None else or_(county, Unit.id.in_(held))  # type: ignore[arg-type]
    return list(db.session.scalars(select(Unit.name).where(wanted).order_by(Unit.id).limit(20)))


def _syllables(key: str) -> list[str]:
    """The syllables of a sort key, such as ``zeng1min3``, without their tones."""
    return re.findall("[a-z]+", key.partition("0")[0])


def _hanzi(word: str) -> bool:
    return len(word) == 2 and not word.isascii()
