"""The words the machine uses: roles, places, effects, each with its name in both languages."""

ROLES: dict[str, dict[str, str]] = {
    "teacher": {"zh": "教师", "en": "teacher"},
    "coordinator": {"zh": "专管员", "en": "coordinator"},
    "principal": {"zh": "校长", "en": "principal"},
    "deputy": {"zh": "副校长", "en": "deputy principal"},
    "reviewer": {"zh": "教研员", "en": "reviewer"},
    "lead": {"zh": "部主任", "en": "department lead"},
    "expert": {"zh": "专家", "en": "expert"},
    "inspector": {"zh": "督导员", "en": "inspector"},
    "auditor": {"zh": "审计员", "en": "auditor"},
    "administrator": {"zh": "系统管理员", "en": "administrator"},
}

PLACES: dict[str, dict[str, str]] = {
    "school": {"zh": "本校", "en": "of the school"},
    "parent": {"zh": "中心校", "en": "of the parent school"},
    "department": {"zh": "对口部门的", "en": "of the department in charge"},
    "training_school": {"zh": "进修学校", "en": "of the training school"},
    "county": {"zh": "全县", "en": "of the county"},
}

#: Where each role can sit, seen from a document.
PLACES_OF_ROLE: dict[str, tuple[str, ...]] = {
    "teacher": ("school",),
    "coordinator": ("school", "parent"),
    "principal": ("school", "parent"),
    "deputy": ("school", "parent"),
    "reviewer": ("department", "training_school"),
    "lead": ("department", "training_school"),
    "expert": ("department", "training_school"),
    "inspector": ("county",),
    "auditor": ("county",),
    "administrator": ("county",),
}

#: What an action does besides moving the document; carried out by the sign-off service.
EFFECTS: dict[str, dict[str, str]] = {
    "freeze_revision": {"zh": "内容定为新的一版", "en": "freezes the content as a new revision"},
    "open_round": {"zh": "开始新的一轮签批", "en": "opens a new round"},
    "raise_points": {"zh": "记下需要修改的各点", "en": "records the points to change"},
    "close_points": {"zh": "关闭尚未关闭的意见", "en": "closes the points still open"},
    "put_in_force": {"zh": "这一版生效", "en": "puts this revision in force"},
    "restore_in_force": {"zh": "内容恢复为生效的版本", "en": "restores the content in force"},
}

#: Acts every kind of document knows, whatever its definition says.
BUILT_IN_ACTIONS: dict[str, dict[str, str]] = {
    "create": {"zh": "新建", "en": "Create"},
    "close_point": {"zh": "关闭意见", "en": "Close a point"},
    "save": {"zh": "修改内容", "en": "Edit"},
}


def seat_name(relation: str, lang: str) -> str:
    """``principal@school`` as people say it: 本校校长 / principal of the school."""
    role, _, place = relation.partition("@")
    if lang == "zh":
        return PLACES[place]["zh"] + ROLES[role]["zh"]
    return f"{ROLES[role]['en']} {PLACES[place]['en']}"
