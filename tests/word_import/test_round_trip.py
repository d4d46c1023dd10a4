"""Word to form to Word to form: nothing that was written is lost on the way."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.word_import.test_placing import EXPECTED, machine
from tests.word_import.word_files import SAMPLES
from workflow_app.artefacts import form
from workflow_app.printing import word
from workflow_app.printing.filled_form import filled
from workflow_app.printing.paper import Paper
from workflow_app.word_import.composing import Composed, compose
from workflow_app.word_import.placing import lost, place, squash
from workflow_app.word_import.reading import read


def printed(content: dict[str, Any]) -> bytes:
    """The content as the Word file one downloads."""
    return word.docx(Paper("城关小学校本研修实施方案", "", filled(machine(), content)))


def taken_in(data: bytes) -> Composed:
    blocks = read(data).blocks
    found = compose(machine(), place(machine(), blocks), headings=True)
    assert lost(blocks, found.content, [piece.words for piece in found.left]) == []
    return found


def texts(value: Any) -> list[str]:
    """Everything somebody wrote: lines of text, cells, numbers."""
    if isinstance(value, dict):
        return [text for inner in value.values() for text in texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in texts(inner)]
    return [line for line in str(value).splitlines() if squash(line)]


def missing(content: dict[str, Any], found: Composed) -> list[str]:
    everything = "\n".join(map(squash, [*texts(found.content), *(piece.words for piece in found.left)]))
    # A slot and choices are printed as a sentence, a number and a date as people write them.
    written = {
        key: value for key, value in content.items() if machine().field(key).kind in ("long_text", "table")
    }
    return [text for text in texts(written) if squash(text) not in everything]


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample_goes_round_whole(name: str) -> None:
    path = SAMPLES / name
    if not path.is_file():
        pytest.skip(f"{name} is not beside this checkout")
    first = taken_in(path.read_bytes())
    again = taken_in(printed(first.content))
    assert missing(first.content, again) == []
    third = taken_in(printed(again.content))
    assert missing(again.content, third) == []


WORDS = st.text(
    alphabet="研修目标内容方式考核一二三（）、.1234567890，。：每周三教师 AB", min_size=1, max_size=40
)
LINES = st.lists(WORDS, max_size=4).map("\n".join)
ROW = st.fixed_dictionaries(
    {
        "date": WORDS, "place": WORDS, "theme": WORDS, "form": WORDS, "leader": WORDS,
        "hours": st.integers(0, 40) | st.just(""),
    }
)  # fmt: skip
POST = st.sampled_from(["组长", "副组长", "组员", "专管员"])
GROUP = st.fixed_dictionaries(
    {"post": POST, "name": st.sampled_from(["王鹏", "李丽萍", "赵敏"]), "duty": WORDS}
)
CONTENT = st.fixed_dictionaries(
    {
        "guiding_idea": LINES, "goals": LINES, "contents": LINES, "rules": LINES, "conditions": LINES,
        "leading_group": st.lists(GROUP, max_size=3), "activities": st.lists(ROW, max_size=4),
    }
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(CONTENT)
def test_whatever_is_written_goes_round_whole(raw: dict[str, Any]) -> None:
    content, _problems = form.clean(machine(), raw)
    assert missing(content, taken_in(printed(content))) == []


def test_what_is_missing_is_noticed() -> None:
    whole, _problems = form.clean(machine(), {"goals": "第一条\n第二条", "rules": "签到"})
    part, _problems = form.clean(machine(), {"goals": "第一条", "rules": "签到"})
    assert missing(whole, taken_in(printed(part))) == ["第二条"]
