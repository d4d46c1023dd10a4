"""The terms of the definitions: roles, places, effects, each with its name in both languages."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Role:
    """A role: its names, the kinds of units it is held at, the places it takes before a document.

    ``signs``: whether a document may wait for it. A new signer is one line of ``_ROLES``.
    """

    zh: str
    en: str
    units: tuple[str, ...]
    places: tuple[str, ...]
    signs: bool = True


@dataclass(frozen=True, slots=True)
class Place:
    """A place seen from a document: its names, and the kinds of units that can be it.

    ``near`` places are one unit each; a far place is every unit of its kinds.
    """

    zh: str
    en: str
    units: tuple[str, ...]
    near: bool


_ROLES = {
    "teacher": Role("教师", "teacher", ("school",), ("school",), signs=False),
    "coordinator": Role("专管员", "coordinator", ("school",), ("school", "parent")),
    "principal": Role("校长", "principal", ("school",), ("school", "parent")),
    "deputy": Role("副校长", "deputy principal", ("school",), ("school", "parent")),
    "reviewer": Role("教研员", "reviewer", ("department",), ("department", "training_school")),
    "lead": Role("部主任", "department lead", ("department",), ("department", "training_school")),
    # An expert is invited by the training school as a whole, wherever the invitation was entered.
    "expert": Role("专家", "expert", ("training_school", "department"), ("training_school",)),
    "inspector": Role("督导员", "inspector", ("bureau",), ("county",)),
    "auditor": Role("审计员", "auditor", ("county",), ("county",), signs=False),
    "administrator": Role("系统管理员", "administrator", ("county",), ("county",), signs=False),
}
_PLACES = {
    "school": Place("本校", "of the school", ("school",), near=True),
    "parent": Place("中心校", "of the parent school", ("school",), near=True),
    "department": Place("对口部门的", "of the department in charge", ("department",), near=True),
    "training_school": Place(
        "进修学校", "of the training school", ("department", "training_school"), near=False
    ),
    "county": Place("全县", "of the county", ("county", "bureau"), near=False),
}

ROLES: dict[str, dict[str, str]] = {key: {"zh": one.zh, "en": one.en} for key, one in _ROLES.items()}
PLACES: dict[str, dict[str, str]] = {key: {"zh": one.zh, "en": one.en} for key, one in _PLACES.items()}
#: Kinds of units each role can be held at.
ROLE_UNITS: dict[str, tuple[str, ...]] = {key: one.units for key, one in _ROLES.items()}
#: Where each role can sit, seen from a document.
PLACES_OF_ROLE: dict[str, tuple[str, ...]] = {key: one.places for key, one in _ROLES.items()}
#: Roles a document may wait for.
SIGNERS = frozenset(key for key, one in _ROLES.items() if one.signs)
FAR_PLACES = tuple(key for key, one in _PLACES.items() if not one.near)
#: Signers at the units near a document, signers far from it, and the kinds of units of the latter.
NEAR_SIGNERS = tuple(
    key for key, one in _ROLES.items() if one.signs and any(_PLACES[place].near for place in one.places)
)
FAR_SIGNERS = tuple(key for key, one in _ROLES.items() if one.signs and set(one.places) & set(FAR_PLACES))
FAR_UNITS = tuple(dict.fromkeys(kind for place in FAR_PLACES for kind in _PLACES[place].units))


def is_at(place: str, unit_kind: str) -> bool:
    """Whether a unit of that kind can be the place."""
    return unit_kind in _PLACES[place].units


#: For each kind of units, the far places it can be.
FAR_PLACES_OF_KIND: dict[str, tuple[str, ...]] = {
    kind: tuple(place for place in FAR_PLACES if is_at(place, kind))
    for kind in dict.fromkeys(kind for place in _PLACES.values() for kind in place.units)
}


#: What an action does besides moving the document; carried out by the sign-off service.
EFFECTS: dict[str, dict[str, str]] = {
    "freeze_revision": {"zh": "内容定为新的一版", "en": "freezes the content as a new revision"},
    "open_round": {"zh": "开始新的一轮签批", "en": "opens a new round"},
    "raise_points": {"zh": "记下需要修改的各点", "en": "records the points to change"},
    "close_points": {"zh": "关闭尚未关闭的意见", "en": "closes the points still open"},
    "put_in_force": {"zh": "这一版生效", "en": "puts this revision in force"},
    "restore_in_force": {"zh": "内容恢复为生效的版本", "en": "restores the content in force"},
    "release_subject": {"zh": "本期可以另起一份", "en": "leaves the period free for another one"},
}

#: Acts every kind of document knows, whatever its definition says.
BUILT_IN_ACTIONS: dict[str, dict[str, str]] = {
    "create": {"zh": "新建", "en": "Create"},
    "close_point": {"zh": "关闭意见", "en": "Close a point"},
    "reopen_point": {"zh": "重新打开意见", "en": "Reopen a point"},
    "follow": {"zh": "随教师调动", "en": "Follow the teacher"},
    "save": {"zh": "修改内容", "en": "Edit"},
    "answer_point": {"zh": "答复意见", "en": "Answer a point"},
}
#: Built-in acts that have no event: nothing has been said yet.
WITHOUT_EVENT = ("save", "answer_point")


def seat_name(relation: str, lang: str) -> str:
    """``principal@school`` as people say it: 本校校长 / principal of the school."""
    role, _, place = relation.partition("@")
    if lang == "zh":
        return PLACES[place]["zh"] + ROLES[role]["zh"]
    return f"{ROLES[role]['en']} {PLACES[place]['en']}"
