"""A mistake in a definition file is refused with its file, its line and a sentence that names it."""
# ruff: noqa: E501

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows import soundness
from workflows.source import MAX_FILE_BYTES, DefinitionProblem, Unsound, build, files, read

FOLDER = Path(__file__).resolve().parents[2] / "workflows"

GOOD = """\
key: report
title: {zh: 简报, en: Report}
subject: school
period: term
drafted_by:
  - {role: coordinator, at: school}
readers:
  - {role: principal, at: school}
  - {role: lead, at: department, once: submitted}
path: [draft, review, done]
initial: draft
states:
  draft:
    title: {zh: 草稿, en: Draft}
    tone: draft
    waits_for: author
    due: {working_days: 5}
    editable: true
  review:
    title: {zh: 审核, en: Review}
    tone: waiting
    waits_for:
      - {role: principal, at: school}
  done:
    title: {zh: 办结, en: Done}
    tone: approved
    in_force: true
    final: true
actions:
  submit:
    title: {zh: 提交, en: Submit}
    from: [draft]
    to: review
    by: drafter
    needs: [form_complete, unchanged]
    effects: [freeze_revision, open_round]
  sign:
    title: {zh: 同意, en: Sign}
    from: [review]
    to: done
    by: waited_for
    needs: [not_own, not_signed, unchanged, reauthenticated]
    effects: [put_in_force]
    signs: true
  withdraw:
    title: {zh: 撤回, en: Withdraw}
    from: [review]
    to: draft
    by: submitter
    needs: [not_yet_acted_on]
form:
  - {key: text, title: {zh: 正文, en: Text}, kind: long_text, required: true}
  - key: talks
    title: {zh: 讲座, en: Talks}
    kind: table
    columns:
      - {key: day, title: {zh: 日期, en: Day}, kind: date}
      - {key: form, title: {zh: 形式, en: Form}, kind: choice, options: [讲座, 研讨]}
"""


def problems_of(text: str) -> list[DefinitionProblem]:
    """What is wrong with a file: as it is read, or else as it is proved."""
    try:
        definition, _data, lines = read(text, "report.yaml")
        soundness.check(definition, lines, "report.yaml")
    except Unsound as unsound:
        return unsound.problems
    return []


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_the_good_file_is_good() -> None:
    assert problems_of(GOOD) == []


#: What is replaced, by what, where the mistake then stands (a part of the changed text), what is named.
MISTAKES = {
    "unknown key at the top": ("subject: school", "subjekt: x\nsubject: school", "subjekt", "subjekt"),
    "unknown key in a state": ("    editable: true", "    editabel: true", "editabel", "editabel"),
    "unknown key in an action": ("    signs: true", "    sign: true", "sign: true", "「sign」"),
    "unknown key in a field": ("kind: long_text, req", "kind: long_text, reqq: 1, req", "- {key: text", "reqq"),
    "unknown key in a column": ("kind: date}", "kind: date, color: red}", "kind: date, color", "color"),
    "unknown key in a title": ("{zh: 简报, en: Report}", "{zh: 简报, en: R, fr: R}", "fr: R", "fr"),
    "missing title": ("    title: {zh: 审核, en: Review}\n", "", "  review:", "title"),
    "missing English": ("{zh: 审核, en: Review}", "{zh: 审核}", "{zh: 审核}", "en"),
    "missing key": ("key: report\n", "", "title: {zh: 简报", "key"),
    "missing form": (GOOD[GOOD.index("form:\n") :], "", "key: report", "form"),
    "empty form": (GOOD[GOOD.index("form:\n") :], "form: []\n", "form: []", "form"),
    "empty title": ("{zh: 审核, en: Review}", "{zh: '', en: Review}", "{zh: ''", "zh"),
    "wrong subject": ("subject: school", "subject: class", "subject: class", "class"),
    "wrong period": ("period: term", "period: month", "period: month", "month"),
    "wrong tone": ("tone: waiting", "tone: purple", "tone: purple", "purple"),
    "wrong kind of field": ("kind: long_text", "kind: longtext", "kind: longtext", "longtext"),
    "wrong place": ("{role: principal, at: school}\n  - {role: lead", "{role: principal, at: town}\n  - {role: lead", "at: town", "town"),
    "unknown role of a reader": ("{role: lead, at: dep", "{role: leed, at: dep", "leed", "lead"),
    "unknown role of a signer": ("      - {role: principal, at: school}\n  done", "      - {role: principle, at: school}\n  done", "principle", "principal"),
    "unknown state to go to": ("    to: review", "    to: reviw", "to: reviw", "review"),
    "unknown state to come from": ("    from: [review]\n    to: done", "    from: [rview]\n    to: done", "from: [rview]", "review"),
    "unknown initial state": ("initial: draft", "initial: drafd", "initial: drafd", "draft"),
    "unknown state on the path": ("path: [draft, review, done]", "path: [draft, x, done]", "path: [", "「x」"),
    "unknown guard": ("needs: [not_yet_acted_on]", "needs: [not_acted]", "needs: [not_acted]", "not_acted"),
    "unknown effect": ("effects: [put_in_force]", "effects: [put_in_farce]", "put_in_farce", "put_in_force"),
    "unknown condition": ("    to: done", "    to: [{state: draft, when: raining}, {state: done}]", "raining", "raining"),
    "unknown doer": ("by: submitter", "by: everybody", "by: everybody", "by"),
    "a key twice": ("    tone: waiting", "    tone: waiting\n    tone: draft", "    tone: draft\n    waits_for:\n      -", "tone"),
    "a state twice": ("  done:\n", "  review:\n    title: {zh: 又, en: A}\n    tone: draft\n  done:\n", "  review:\n    title: {zh: 又", "review"),
    "a field twice": ("- key: talks", "- key: text", "- key: text", "text"),
    "a column twice": ("{key: form, title", "{key: day, title", "{key: day, title: {zh: 形式", "day"),
    "a number for a name": ("key: report", "key: 7", "key: 7", "key"),
    "a text for a list": ("path: [draft, review, done]", "path: draft", "path: draft", "path"),
    "a list for a text": ("key: report", "key: [report]", "key: [report]", "key"),
    "a text for yes or no": ("    editable: true", "    editable: 'yes'", "editable: 'yes'", "editable"),
    "a capital in a name": ("key: report", "key: Report", "key: Report", "Report"),
    "a name too long": ("key: report", f"key: {'r' * 41}", "key: rrr", "rrr"),
    "no deadline in a deadline": ("{working_days: 5}", "{}", "due: {}", "期限"),
    "two deadlines in one": ("{working_days: 5}", "{working_days: 5, days_after_period_start: 3}", "due: {", "期限"),
    "a deadline out of range": ("{working_days: 5}", "{working_days: 0}", "due: {", "working_days"),
    "a choice without options": (", options: [讲座, 研讨]", "", "{key: form, title", "options"),
    "options without a choice": ("kind: date}", "kind: date, options: [一]}", "kind: date, options", "options"),
    "a table without columns": (GOOD[GOOD.index("    columns:") :], "", "- key: talks", "columns"),
    "limits of no number": ("kind: long_text, req", "kind: long_text, minimum: 1, req", "minimum", "minimum"),
    "a key that is a number": ("title: {zh: 简报, en: Report}", "1: x\ntitle: {zh: 简报, en: Report}", "1: x", "键"),
    "a key that is yes": ("    signs: true", "    yes: true", "yes: true", "键"),
    "an anchor": ("subject: school", "subject: &s school", "&s", "锚点"),
    "an alias": ("subject: school", "subject: *s", "*s", "锚点"),
    "a bracket left open": ("path: [draft, review, done]", "path: [draft, review", "initial", "YAML"),
    "a tab": ("  - {role: coordinator, at: school}", "\t- {role: coordinator, at: school}", "\t-", "YAML"),
    "a control character": ("tone: waiting", "tone: wai\x07ting", "wai\x07ting", "不能识别"),
    "a tag": ("key: report", "key: !!python/object:os.system x", "key:", "YAML"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_each_mistake_is_shown_on_its_line(name: str) -> None:
    old, new, where, named = MISTAKES[name]
    assert GOOD.count(old) >= 1, "the mistake must change something"
    text = GOOD.replace(old, new, 1)
    problems = problems_of(text)
    assert problems, "accepted"
    first = problems[0]
    assert first.file == "report.yaml"
    assert first.line == line_of(text, where), str(first)
    assert named in first.why, str(first)
    assert any("\u4e00" <= letter <= "\u9fff" for letter in first.why)
    assert str(first) == f"report.yaml 第 {first.line} 行：{first.why}"


@pytest.mark.parametrize(
    "text",
    ["", "# nothing\n", "- a\n- list\n", "just words", "a: b: c", "\x00", "key: \x07", "{" * 20_000, "[" * 20_000,
     "x" * (MAX_FILE_BYTES + 1), "- " * 5_000, "2026-02-30: x", "key: 2026-02-30", "? [a, b]\n: c", "%YAML 9.9\n---\na: b"],
    ids=range(15),
)  # fmt: skip
def test_what_is_no_definition_at_all_is_refused_with_a_sentence(text: str) -> None:
    problems = problems_of(text)
    assert problems
    assert problems[0].line >= 1
    assert problems[0].why


@pytest.mark.parametrize("bracket", ["{", "[", "- ", "? ", "[{a: "])
def test_deep_nesting_is_refused_on_its_line(bracket: str) -> None:
    """However much of it there is: only the beginning is read."""
    (problem,) = problems_of("key: report\nform:\n  " + bracket * 20_000)
    assert (problem.line, problem.why) == (3, "内容嵌套过深，最多 50 层")


@given(st.text(max_size=300))
def test_no_text_whatever_breaks_the_reader(text: str) -> None:
    assert problems_of(text)


@given(st.data())
def test_a_file_cut_or_stirred_anywhere_is_accepted_or_refused_never_broken(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(GOOD)))
    end = data.draw(st.integers(start, min(start + 40, len(GOOD))))
    middle = data.draw(st.sampled_from(["", " ", "\n", ": ", "- ", "null", "true", "{", "]", "!", "'"]))
    for problem in problems_of(GOOD[:start] + middle + GOOD[end:]):
        assert problem.line >= 1
        assert problem.why


def test_several_mistakes_are_told_at_once() -> None:
    text = GOOD.replace("role: coordinator", "role: coordinater").replace("to: done", "to: dome")
    assert {problem.line for problem in problems_of(text)} == {
        line_of(text, "coordinater"), line_of(text, "to: dome")
    }  # fmt: skip


# --- versions ------------------------------------------------------------------------------------


def test_the_version_is_of_what_is_said_not_of_how_it_is_written() -> None:
    definition, data, _lines = read(GOOD, "report.yaml")
    commented = "# 说明\n" + GOOD.replace("period: term", "period:   term   # 学期")
    assert read(commented, "x.yaml")[0].version == definition.version
    assert build(dict(reversed(data.items()))).version == definition.version
    assert build(data).version == definition.version
    assert len(definition.version) == 64
    changed = GOOD.replace("working_days: 5", "working_days: 6")
    assert read(changed, "report.yaml")[0].version != definition.version


@pytest.mark.parametrize("path", files(FOLDER), ids=lambda path: path.stem)
def test_the_shipped_definitions_are_sound(path: Path) -> None:
    definition, _data, lines = read(path.read_text(encoding="utf-8"), path.name)
    soundness.check(definition, lines, path.name)
    assert definition.key == path.stem
    assert set(definition.states) == {
        "draft", "school_review", "training_review", "approved", "returned", "archived", "discarded"
    }  # fmt: skip
