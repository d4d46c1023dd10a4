"""Whether a password will do. Two profiles: ``asvs``, and ``dengbao`` （等保 2.0 二级）.

Both: 8 to 128 characters, none that is easily guessed. What is common is judged by zxcvbn with its lists
of leaked passwords, names and words; to these come what is common here (``common_passwords.txt``) and
what is familiar of the person. ``dengbao`` wants three of four kinds of characters as well, a new password
every 90 days, and none of the last five. decisions/0022 says why these.
"""

import re
import string
import threading
import unicodedata
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from flask import current_app
from flask_babel import gettext as _

from workflow_app import clock
from workflow_app.people.accounts import Account
from workflow_app.people.familiar import Familiar

LEAST, MOST = 8, 128
#: ``dengbao``: how long a password lasts, and how many former ones (the present one too) may not come again.
LASTS, NOT_AGAIN = timedelta(days=90), 5
#: Fewer guesses than that are nothing to somebody who may try from many addresses; with parts that are
#: known of the person, or common here, the estimate for the rest has to be higher.
LEAST_GUESSES, LEAST_GUESSES_FAMILIAR = 10**6, 10**10
#: zxcvbn is quadratic; a password is at least as strong as its first characters.
_LOOKED_AT = 40
_COMMON = Path(__file__).with_name("common_passwords.txt")
#: zxcvbn keeps the words of a call in a table that all threads share.
_one_at_a_time = threading.Lock()


def is_dengbao() -> bool:
    return bool(current_app.config["SETTINGS"].password_profile == "dengbao")  # noqa: S105


def hint() -> str:
    """What a form asks for, before somebody types."""
    if is_dengbao():
        return _("至少 8 个字符，大写字母、小写字母、数字、其他符号至少有三种。")
    return _("至少 8 个字符，可以用一句话。不要用姓名、单位、电话和常见的密码。")


def expired(person: Account) -> bool:
    """Whether the password is so old that it has to be changed."""
    if not person.password_hash:
        return False
    since = clock.parse(person.password_set_at or person.created_at)
    return is_dengbao() and clock.now() - since > LASTS


def problem(password: str, familiar: Familiar = Familiar()) -> str:  # noqa: B008 -- it cannot be changed
    """Why ``password`` will not do, as a sentence, or ''."""
    if len(password) < LEAST:
        return _("密码至少 %(least)s 个字符。", least=LEAST)
    if len(password) > MOST:
        return _("密码最多 %(most)s 个字符。", most=MOST)
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in password):
        return _("密码里不能有控制字符。")
    if len(set(password)) < 4:
        return _("密码太简单，请至少用四个不同的字符。")
    if is_dengbao() and _kinds(password) < 3:
        return _("请用大写字母、小写字母、数字、其他符号中的至少三种。")
    return _easily_guessed(unicodedata.normalize("NFKC", password).lower(), familiar)


def _kinds(password: str) -> int:
    """How many of: capital letters, small letters, figures, anything else."""
    sets = (string.ascii_uppercase, string.ascii_lowercase, string.digits)
    kinds = {next((number for number, one in enumerate(sets) if char in one), 3) for char in password}
    return len(kinds)


def _easily_guessed(password: str, familiar: Familiar) -> str:
    around = "|".join(map(re.escape, familiar.initials))
    if around and re.fullmatch(rf"[\W\d_]*(?:{around})[\W\d_]*", password):
        return _own_words()
    found = _estimate(password[:_LOOKED_AT], (*familiar.words, *_common()))
    every = [part for match in found["sequence"] for part in (match, *match.get("base_matches", ()))]
    parts = [match for match in every if match.get("dictionary_name") == "user_inputs"]
    if found["guesses"] >= (LEAST_GUESSES_FAMILIAR if parts else LEAST_GUESSES):
        return ""
    if any(match["matched_word"] in familiar.words for match in parts):
        return _own_words()
    if {match.get("dictionary_name") for match in every} & {"user_inputs", "passwords"}:
        return _("这是常见的密码，或者只比常见的密码多几个字，别人很容易猜到。请换一个。")
    if {match["pattern"] for match in found["sequence"]} <= {
        "date",
        "repeat",
        "sequence",
        "spatial",
        "regex",
    }:
        return _("只有日期、重复、顺序或键盘上相邻的字符，别人很容易猜到。请换一个。")
    return _("密码太容易猜到，请加长或换一个，例如几个不相干的词。")


def _own_words() -> str:
    return _("密码主要是您的姓名、用户名、电话、单位或所在县（或它们的拼音），别人很容易猜到。请换一个。")


def _estimate(password: str, words: tuple[str, ...]) -> Any:
    # Its lists take a tenth of a second to load: only when a password is first judged.
    from zxcvbn import zxcvbn

    with _one_at_a_time:
        return zxcvbn(password, user_inputs=list(words))


@cache
def _common() -> tuple[str, ...]:
    lines = _COMMON.read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))
