"""An export is checked with nothing but itself; whatever is changed in it is noticed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import County, a_development_plan, a_plan, county
from tests.tampering import tamper
from workflow_app import canonical
from workflow_app.clock import parse
from workflow_app.demo.loader import clock_at
from workflow_app.events import chain
from workflow_app.trail import export as exporting
from workflow_app.trail import verification
from workflow_app.trail.commands import trail
from workflow_app.trail.export import Chosen, export

Line = dict[str, Any]


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(trail, words)


def verify(path: Path, *words: str) -> Result:
    """Without any application: nothing but the file."""
    return CliRunner().invoke(trail, ["verify", str(path), *words])


def problems(path: Path) -> list[tuple[int | None, int | None, str]]:
    result = verify(path, "--json")
    assert "Traceback" not in result.output
    told = json.loads(result.stdout)
    assert result.exit_code == (0 if told["whole"] else 1)
    assert told["whole"] == (told["count"] == 0)
    return [(one["artefact"], one["seq"], one["why"]) for one in told["problems"]]


def sealed(lines: list[Line], *, tell: bool = True) -> bytes:
    """The lines as a file whose last line fits: what somebody would do who knows the format."""
    header, *events, footer = (json.loads(json.dumps(line)) for line in lines)
    if tell:
        header["events"] = footer["events"] = len(events)
        header["documents"] = len({line["artefact"] for line in events})
    whole = b"".join(canonical.dumps(line) + b"\n" for line in (header, *events))
    footer["sha256"] = canonical.sha256(whole)
    return whole + canonical.dumps(footer) + b"\n"


@pytest.fixture
def lines(here: County) -> list[Line]:
    a_plan(here).submitted().signed().returned().answered().submitted()
    a_development_plan(here).submitted()
    return [says for says, _ in export(Chosen())]


@pytest.fixture
def written(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(data: bytes) -> Path:
        path = tmp_path / "export.jsonl"
        path.write_bytes(data)
        return path

    return write


# --- the file --------------------------------------------------------------------------------


def test_what_the_file_holds(lines: list[Line]) -> None:
    header, *events, footer = lines
    assert tuple(header) == exporting.HEADER
    assert (header["format"], header["version"], header["county"]) == ("yanxiu-trail", 2, "青禾县")
    assert (header["documents"], header["events"]) == (2, 7)
    assert [(line["artefact"], line["seq"]) for line in events] == [
        (1, 1), (1, 2), (1, 3), (1, 4), (1, 5), (2, 1), (2, 2),
    ]  # fmt: skip
    for line in events:
        assert tuple(line) == exporting.LINE
        assert canonical.sha256(line["canonical"].encode()) == line["hash"]
    said = events[3]["said"]
    assert json.loads(said["text"])["points"][0]["section"] == "goals"
    assert (
        chain.salted(said["salt"], said["text"].encode())
        == json.loads(events[3]["canonical"])["comment_sha256"]
    )
    assert tuple(footer) == exporting.FOOTER


def test_export_to_a_file_says_what_it_did(office: Flask, lines: list[Line], tmp_path: Path) -> None:
    path = tmp_path / "轨迹.jsonl"
    result = run(office, "export", "-o", str(path))
    assert result.exit_code == 0
    assert "已导出 2 份文件的 7 条事件" in result.stdout
    assert "导出轨迹" in result.stderr
    assert [*tmp_path.glob("*.part")] == []
    assert problems(path) == []
    told = json.loads(run(office, "export", "-o", str(path), "--json").stdout)
    assert told["events"] == 7
    assert told["sha256"] == json.loads(path.read_bytes().splitlines()[-1])["sha256"]
    said = verify(path)
    assert said.exit_code == 0
    assert "2 份文件、7 条事件" in said.stdout
    assert "看不出" in said.stdout  # what a single export cannot show


def test_export_to_the_screen_is_the_file_and_nothing_else(
    office: Flask, lines: list[Line], written: Callable[[bytes], Path]
) -> None:
    result = run(office, "export")
    assert result.exit_code == 0
    assert problems(written(result.stdout_bytes)) == []
    assert "已导出" in result.stderr


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
def test_pages_of_any_size_give_the_same_file(
    lines: list[Line], size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "PAGE", size)
    assert [says for says, _ in export(Chosen())][1:-1] == lines[1:-1]


def test_an_empty_trail_can_be_exported(office: Flask, written: Callable[[bytes], Path]) -> None:
    assert problems(written(run(office, "export").stdout_bytes)) == []


def test_one_document(office: Flask, lines: list[Line], written: Callable[[bytes], Path]) -> None:
    result = run(office, "export", "--document", "2")
    assert problems(written(result.stdout_bytes)) == []
    assert [json.loads(line).get("seq") for line in result.stdout_bytes.splitlines()] == [None, 1, 2, None]
    unknown = run(office, "export", "--document", "99")
    assert unknown.exit_code == 1
    assert "没有编号为 99 的文件" in unknown.stderr


def test_days_choose_documents_and_their_chains_come_whole(
    office: Flask, written: Callable[[bytes], Path]
) -> None:
    with clock_at(parse("2026-09-01T00:00:00.000000Z")):  # what comes after comes later
        here = county()
    with clock_at(parse("2026-09-10T16:00:00.000000Z")):  # 11 September in the county
        old = a_plan(here)
    with clock_at(parse("2026-09-20T01:00:00.000000Z")):
        other = a_development_plan(here).submitted()
        old.submitted()

    def chosen(*words: str) -> dict[int, int]:
        result = run(office, "export", *words)
        assert result.exit_code == 0, result.stderr
        assert problems(written(result.stdout_bytes)) == []
        found: dict[int, int] = {}
        for line in result.stdout_bytes.splitlines()[1:-1]:
            artefact = json.loads(line)["artefact"]
            found[artefact] = found.get(artefact, 0) + 1
        return found

    assert chosen("--until", "2026-09-10") == {}
    assert chosen("--until", "2026-09-11") == {old.id: 2}
    assert chosen("--since", "2026-09-20") == {old.id: 2, other.id: 2}
    assert chosen("--since", "2026-09-12", "--until", "2026-09-19") == {}
    assert chosen("--since", "2026-09-21") == {}


@pytest.mark.parametrize(
    "words",
    [
        ("--since", "2026-13-01"), ("--until", "昨天"), ("--document", "0"), ("--document", "x"),
        ("--since", "2026-09-02", "--until", "2026-09-01"), ("-o", "/"), ("--checkpoint", "x"),
    ],
)  # fmt: skip
def test_bad_options_are_told_and_nothing_is_written(plain_app: Flask, words: tuple[str, ...]) -> None:
    result = run(plain_app, "export", *words)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


def test_a_folder_that_is_not_there_is_told(plain_app: Flask, tmp_path: Path) -> None:
    result = run(plain_app, "export", "-o", str(tmp_path / "no" / "x.jsonl"))
    assert result.exit_code == 1
    assert "写不进去" in result.stderr


def test_names_and_words_of_any_kind_come_back_whole(
    office: Flask, here: County, written: Callable[[bytes], Path]
) -> None:
    a_plan(here).submitted().returned(here.principal, text='换行\n引号"反斜\\杠 \u2028 😀 é')
    assert problems(written(run(office, "export").stdout_bytes)) == []


# --- erasure ---------------------------------------------------------------------------------


def test_an_erased_opinion_is_told_and_is_no_break(
    office: Flask, lines: list[Line], written: Callable[[bytes], Path]
) -> None:
    tamper("UPDATE event_statement SET body = NULL WHERE artefact_id = 1 AND seq = 4")
    path = written(run(office, "export").stdout_bytes)
    assert problems(path) == []
    assert json.loads(verify(path, "--json").stdout)["erased"] == 1
    assert "1 条的意见已依法清空" in verify(path).stdout


# --- tampering -------------------------------------------------------------------------------


@pytest.mark.sqlite_only
def test_every_value_changed_by_somebody_who_mends_the_last_line_is_noticed(
    lines: list[Line], written: Callable[[bytes], Path]
) -> None:
    """Each value of each event's line, and each fact in its text, changed alone."""
    for index, line in enumerate(lines[1:-1], 1):
        where = (line["artefact"], line["seq"])
        for name, value in line.items():
            if name in ("actor", "said"):
                continue  # no part of the hash: see below
            changed = [*lines]
            other = value + 1 if isinstance(value, int) else value[:-1] + ("0" if value[-1] != "0" else "1")
            changed[index] = line | {name: other}
            assert problems(written(sealed(changed))), (where, name)
        facts = json.loads(line["canonical"])
        for name in facts:
            text = canonical.dumps(facts | {name: "别的"}).decode()
            changed = [*lines]
            changed[index] = line | {"canonical": text}
            assert (*where, "内容与摘要不符") in problems(written(sealed(changed))), (where, name)


@pytest.mark.sqlite_only
def test_what_was_said_cannot_be_changed_added_or_taken_away(
    lines: list[Line], written: Callable[[bytes], Path]
) -> None:
    said = lines[4]["said"]
    assert said
    for other, why in (
        (said | {"text": said["text"].replace("检验", "想象")}, "意见与事件里的摘要不符"),
        (said | {"salt": "00" * 32}, "意见与事件里的摘要不符"),
        (said | {"salt": "no hex"}, "意见与事件里的摘要不符"),
        (said | {"salt": 5}, "意见与事件里的摘要不符"),
        (said | {"text": 5}, "意见与事件里的摘要不符"),
        ({"text": None}, "意见的写法不对"),
        (None, "事件带有意见，文件里却没有"),
    ):
        changed = [*lines]
        changed[4] = lines[4] | {"said": other}
        assert problems(written(sealed(changed))) == [(1, 4, why)]
    changed = [*lines]
    changed[1] = lines[1] | {"said": said}
    assert problems(written(sealed(changed))) == [(1, 1, "事件没有意见，文件里却有")]


@pytest.mark.sqlite_only
def test_events_removed_swapped_doubled_or_moved_are_noticed(
    lines: list[Line], written: Callable[[bytes], Path]
) -> None:
    header, *events, footer = lines
    first, second = events[:5], events[5:]
    for name, other, expected in (
        ("head cut", [*first[1:], *second], (1, 1, "缺第 1 条")),
        ("middle cut", [*first[:2], *first[3:], *second], (1, 3, "缺第 3 条")),
        ("swapped", [first[0], first[2], first[1], *first[3:], *second], (1, 2, "缺第 2 条")),
        ("doubled", [*first[:3], first[2], *first[3:], *second], (1, 3, "与前一条接不上")),
        ("moved", [*first[:2], *second, *first[2:]], (1, 3, "次序不对，同一份文件的事件应连在一起")),
        ("in the other's place", [*first, first[4] | {"artefact": 2}, *second], (2, 5, "编号与正文不符")),
    ):
        assert expected in problems(written(sealed([header, *other, footer]))), name


@pytest.mark.sqlite_only
def test_a_chain_forged_from_its_beginning_is_not_noticed_without_an_older_export(
    lines: list[Line], written: Callable[[bytes], Path]
) -> None:
    header, *events, footer = lines
    forged, prev = [], canonical.ZEROS
    for line in events[5:]:
        made = chain.seal_event(json.loads(line["canonical"]) | {"actor": 99, "prev": prev})
        forged.append(line | {"canonical": made.body.decode(), "hash": made.hash})
        prev = made.hash
    assert problems(written(sealed([header, *events[:5], *forged, footer]))) == []


@pytest.mark.sqlite_only
def test_a_tail_cut_together_with_the_counts_is_not_noticed_without_an_older_export(
    lines: list[Line], written: Callable[[bytes], Path]
) -> None:
    header, *events, footer = lines
    assert problems(written(sealed([header, *events[:4], footer]))) == []
    counted = problems(written(sealed([header, *events[:4], footer], tell=False)))
    assert (None, None, "事件数与文件头不符，实有 4 条") in counted


@pytest.mark.sqlite_only
def test_a_forged_story_is_noticed_though_its_hashes_fit(
    lines: list[Line], written: Callable[[bytes], Path]
) -> None:
    header, *events, footer = lines
    last = json.loads(events[6]["canonical"])
    for changes, why in (
        ({"from": "approved"}, "起始状态与前一条的结果不符"),
        ({"at": "2020-01-01T00:00:00.000000Z"}, "时间早于前一条"),
        ({"at": None}, "时间早于前一条"),
        ({"v": 3}, "正文不是本系统的事件"),
        ({"v": 1}, "正文的格式比前一条旧"),
        ({"document": None}, "正文没有写明标题、期次和对象"),
        ({"document": last["document"] | {"title_sha256": canonical.ZEROS}}, "标题、期次或教师与前一条不同"),
        ({"document": last["document"] | {"school": 99}}, "学校与前一条不同"),
        ({"log": "registry"}, "正文不是本系统的事件"),
        ({"prev": canonical.ZEROS}, "与前一条接不上"),
        ({"artefact": 1}, "编号与正文不符"),
    ):
        text = canonical.dumps(last | changes).decode()
        other = events[6] | {"canonical": text, "hash": canonical.sha256(text.encode())}
        assert (2, 2, why) in problems(written(sealed([header, *events[:6], other, footer]))), changes
    text = json.dumps(last, ensure_ascii=False)  # the same facts, written otherwise
    other = events[6] | {"canonical": text, "hash": canonical.sha256(text.encode())}
    assert problems(written(sealed([header, *events[:6], other, footer]))) == [(2, 2, "正文不是规范写法")]


@pytest.mark.sqlite_only
def test_any_byte_of_the_file_changed_is_noticed(lines: list[Line], tmp_path: Path) -> None:
    whole = b"".join(canonical.dumps(line) + b"\n" for line in lines)
    assert not _checked(whole, tmp_path).count

    @given(st.integers(0, len(whole) - 1), st.integers(0, 255))
    @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
    def change(place: int, byte: int) -> None:
        changed = whole[:place] + bytes([byte]) + whole[place + 1 :]
        assert (changed == whole) == _checked(changed, tmp_path).whole

    @given(st.integers(0, len(whole) - 1))
    @settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
    def cut(place: int) -> None:
        assert not _checked(whole[:place], tmp_path).whole

    change()
    cut()
    assert not _checked(whole + b"\n", tmp_path).whole


def _checked(data: bytes, folder: Path) -> verification.Report:
    path = folder / "changed.jsonl"
    path.write_bytes(data)
    report = verification.Report()
    with path.open("rb") as file:
        for found in verification.verify(file):
            report = found
    return report


# --- the database ----------------------------------------------------------------------------


def test_a_change_in_the_database_is_noticed_in_its_export(
    office: Flask, lines: list[Line], written: Callable[[bytes], Path]
) -> None:
    tamper("UPDATE event SET body = :body WHERE artefact_id = 1 AND seq = 2", body=b"\xff garbage")
    path = written(run(office, "export").stdout_bytes)
    assert {(artefact, seq) for artefact, seq, _ in problems(path)} == {(1, 2), (1, 3)}
    said = verify(path)
    assert said.exit_code == 1
    assert "文件 1 第 2 条（第 3 行）：内容与摘要不符。" in said.stderr
    assert "有问题" in said.stderr


# --- garbage ---------------------------------------------------------------------------------

GOOD = (
    b'{"county":"","document":null,"documents":0,"events":0,"exported_at":"9999-12-31T23:59:59.000000Z",'
    b'"format":"yanxiu-trail","since":null,"until":null,"version":1}\n'
)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"\x00" * 1000,
        b"\xff\xfe" * 100,
        b"{}\n",
        b"[]\n",
        b"null\n",
        b"not json at all",
        b"{" * 100_000 + b"\n",
        b'{"format":"yanxiu-trail"}\n',
        b'{"format":"yanxiu-trail","version":2}\n',
        GOOD,
        GOOD[:-1],
        GOOD + b"[" * 100_000 + b"\n",
        GOOD + b'{"end":true}\n',
        GOOD + b'{"end":true,"events":"x","sha256":5}\n',
        GOOD + b'{"artefact":1,"seq":1}\n',
        GOOD + b'{"artefact":1,"seq":true,"actor":"","canonical":"","hash":"","said":null}\n',
        GOOD + b'{"artefact":1,"seq":1,"actor":"","canonical":"\\ud800","hash":"","said":{"a":[]}}\n',
        GOOD + b'{"artefact":1,"seq":1,"actor":"","canonical":"[[1e999]]","hash":"","said":null}\n',
        GOOD + b'{"artefact":' + b"9" * 5000 + b',"seq":1,"actor":"","canonical":"","hash":"","said":null}\n',
        GOOD.replace(b'"events":0', b'"events":1e400'),
    ],
)
def test_garbage_gets_a_sentence_and_never_a_stack_trace(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(data)
    for words in ((), ("--json",)):
        result = verify(path, *words)
        assert result.exit_code == 1
        assert result.exception is None or isinstance(result.exception, SystemExit)
        assert "Traceback" not in result.output


def test_an_event_of_garbage_that_fits_its_hash_is_no_event(tmp_path: Path) -> None:
    for body in ("", "1", "[]", "{}", '{"at":[],"to":[],"from":{},"v":1,"log":"artefact"}', "[" * 50_000):
        line = {"artefact": 1, "seq": 1, "actor": "", "canonical": body, "said": None}
        line["hash"] = canonical.sha256(body.encode())
        assert _checked(GOOD + canonical.dumps(line) + b"\n", tmp_path).count > 1


@given(st.binary(max_size=400))
def test_no_bytes_whatever_break_the_reader(data: bytes) -> None:
    import io

    for start in (b"", GOOD):
        reports = list(verification.verify(io.BytesIO(start + data)))
        assert not reports[-1].whole


@pytest.mark.parametrize("name", ["no-such-file", "."])
def test_a_file_that_cannot_be_read_is_told(name: str, tmp_path: Path) -> None:
    result = verify(tmp_path / name)
    assert result.exit_code == 1
    assert "读不出来" in result.stderr


def test_many_problems_are_counted_and_a_few_named(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(GOOD + b"?\n" * 5000)
    result = verify(path)
    assert result.exit_code == 1
    assert "共 5001 处不符" in result.stderr
    assert len(result.stderr.splitlines()) < 30
    assert len(json.loads(verify(path, "--json").stdout)["problems"]) == verification.NAMED
