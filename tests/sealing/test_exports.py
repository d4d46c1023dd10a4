"""A sealed export, judged by ``trail verify`` and by the verifier for outsiders, who must agree."""

import ast
import base64
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.builders import County, a_development_plan, a_plan
from tests.tampering import tamper
from workflow_app import canonical
from workflow_app.sealing import checks, sealer, stored
from workflow_app.trail.commands import trail
from workflow_app.trail.export import Chosen, export

ROOT_OF_NOTHING = base64.b64encode(bytes(32)).decode()
VERIFIER = Path(__file__).resolve().parents[2] / "verifier" / "verify_trail.py"
Line = dict[str, Any]


@dataclass
class Judging:
    """Both programs on one export."""

    folder: Path

    def __call__(
        self, lines: list[Line], checkpoint: str | None = None, key: str | None = None, *, mend: bool = True
    ) -> list[str]:
        """What ``trail verify`` finds wrong; the other one must find something wrong as well, or not."""
        path = self._file("export.jsonl", mended(lines) if mend else written(lines))
        words = [str(path)]
        for name, text in (("checkpoint", checkpoint), ("key", key)):
            if text is not None:
                words += [f"--{name}", str(self._file(f"{name}.txt", text.encode()))]
        ours = CliRunner().invoke(trail, ["verify", "--json", *words])
        assert isinstance(ours.exception, SystemExit | None), ours.exception
        told = json.loads(ours.stdout)
        theirs = self.outsider(*words)
        said = f"{told['problems']}\n{theirs.stdout}{theirs.stderr}"
        assert (theirs.returncode == 0) == told["whole"] == (ours.exit_code == 0), said
        assert "Traceback" not in theirs.stderr
        return [one["why"] for one in told["problems"]]

    def outsider(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The verifier with nothing but Python: -I leaves out our packages, -S all others."""
        command = [sys.executable, "-I", "-S", str(VERIFIER), *words]
        return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)

    def _file(self, name: str, data: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(data)
        return path


def written(lines: list[Line]) -> bytes:
    return b"".join(canonical.dumps_plain(line) + b"\n" for line in lines)


def mended(lines: list[Line]) -> bytes:
    """The file with a last line that fits: what somebody would do who knows the format."""
    lines = json.loads(json.dumps(lines))
    events = [line for line in lines if "artefact" in line]
    lines[0]["events"] = lines[-1]["events"] = len(events)
    lines[0]["documents"] = len({line["artefact"] for line in events})
    lines[-1]["sha256"] = canonical.sha256(written(lines[:-1]))
    return written(lines)


@pytest.fixture
def judged(tmp_path: Path) -> Judging:
    return Judging(tmp_path)


def exported(document: int | None = None) -> list[Line]:
    return [says for says, _line in export(Chosen(document))]


def sealed_history(here: County) -> list[str]:
    """Three checkpoints as somebody kept them, and an event that is not sealed yet."""
    doc = a_plan(here).submitted()
    notes = [seal()]
    other = a_development_plan(here)
    doc.signed()
    notes.append(seal())
    doc.returned().answered().submitted()
    notes.append(seal())
    other.submitted()
    return notes


def seal() -> str:
    checkpoint = sealer.seal_now().checkpoint
    assert checkpoint
    return checkpoint.note


def key() -> str:
    return stored.all_keys()[0].vkey + "\n"


# --- what is right -----------------------------------------------------------------------------


def test_an_export_holds_against_every_checkpoint(here: County, judged: Judging, office: Flask) -> None:
    notes = sealed_history(here)
    whole, part = exported(), exported(document=1)
    for lines in (whole, part):
        assert judged(lines) == []
    for note in notes:
        assert judged(whole, note, key()) == []
    assert judged(part, notes[-1]) == []
    (not_in_it,) = judged(part, notes[0])  # the part has the newest checkpoint of the day
    assert "请导出全部" in not_in_it
    path = str(judged.folder / "whole.jsonl")
    assert office.test_cli_runner().invoke(trail, ["export", "-o", path]).exit_code == 0
    (judged.folder / "kept.txt").write_text(notes[1], encoding="utf-8", newline="\r\n")
    told = CliRunner().invoke(trail, ["verify", path, "--checkpoint", str(judged.folder / "kept.txt")])
    assert "一条不少，没有改动" in told.stdout
    assert "另有 1 条事件还没有封存" in told.stdout
    assert "比对指纹" in told.stdout
    theirs = judged.outsider(path, "--checkpoint", str(judged.folder / "kept.txt"))
    assert "一条不少，没有改动" in theirs.stdout


@pytest.mark.sqlite_only
def test_an_export_without_a_seal_is_judged_as_before(here: County, judged: Judging) -> None:
    a_plan(here).submitted()
    lines = exported()
    assert lines[0]["sealed"] is None
    assert judged(lines) == []
    first_version = [{name: lines[0][name] for name in lines[0] if name != "sealed"} | {"version": 1}]
    path = judged.folder / "old.jsonl"
    path.write_bytes(mended([*first_version, *lines[1:]]))
    assert CliRunner().invoke(trail, ["verify", str(path)]).exit_code == 0


@pytest.mark.sqlite_only
def test_a_checkpoint_newer_than_the_export_is_no_truncation(here: County, judged: Judging) -> None:
    sealed_history(here)
    lines = exported()
    newer = seal()
    assert judged(lines, newer) == ["所给的检查点是导出之后签的，请用更新的导出来核对"]


def test_keys_one_after_the_other(here: County, judged: Judging) -> None:
    notes = sealed_history(here)
    first = key()
    sealer.replace_key()
    a_development_plan(here, by=here.colleague)
    notes.append(seal())
    lines = exported()
    second = stored.all_keys()[1].note  # as SEAL_DIR has it
    for one in (first, second):
        assert [judged(lines, note, one) for note in notes] == [[]] * len(notes)
    sealer.replace_key(compromised_since="2026-01-01T00:00:00.000000Z")
    lines = exported()
    assert "请另外取得" in judged(lines, notes[0], first)[0]
    anew = stored.all_keys()[2].note
    assert judged(lines, notes[0], first + "\n" + anew) == []
    path = judged.folder / "export.jsonl"
    assert "已声明泄露" in CliRunner().invoke(trail, ["verify", str(path)]).stdout
    assert "已声明泄露" in judged.outsider(str(path)).stdout


# --- what an insider does to the database --------------------------------------------------------


def sealed_anew() -> None:
    """Somebody with the database and the key makes the whole seal again over what is there now."""
    tables = ("seal_leaf", "seal_tile", "seal_checkpoint", "seal_progress")
    tamper(*(f"DELETE FROM {table}" for table in tables))
    sealer.seal_now()


def test_a_tail_cut_off_with_its_checkpoints_is_seen_by_a_checkpoint_outside_and_by_nothing_else(
    here: County, judged: Judging
) -> None:
    outside = sealed_history(here)[-1]
    tamper("DELETE FROM event_statement WHERE artefact_id = 1 AND seq >= 4")
    tamper("DELETE FROM event WHERE (artefact_id = 1 AND seq >= 4) OR artefact_id = 2")
    sealed_anew()
    lines = exported()
    assert judged(lines) == []  # the manual says so
    assert any("截断过" in why for why in judged(lines, outside))
    assert any("截断过" in one.why for one in checks.against(outside))


def test_a_history_written_anew_is_seen_by_a_checkpoint_outside_and_by_nothing_else(
    here: County, judged: Judging
) -> None:
    outside = sealed_history(here)[0]
    events = [line for line in exported() if "artefact" in line and line["artefact"] == 2]
    prev = canonical.ZEROS
    for line in events:
        body = canonical.dumps_plain(json.loads(line["canonical"]) | {"actor": here.teacher3, "prev": prev})
        prev = canonical.sha256(body)
        tamper(
            "UPDATE event SET body = :body, hash = :hash WHERE artefact_id = 2 AND seq = :seq",
            body=body, hash=prev, seq=line["seq"],
        )  # fmt: skip
    tamper("DELETE FROM registry_event WHERE seq = (SELECT max(seq) FROM registry_event)")
    sealed_anew()
    lines = exported()
    assert judged(lines) == []
    found = judged(lines, outside)
    assert any("重写过" in why for why in found)
    assert any("不符" in one.why for one in checks.against(outside))


def test_events_changed_after_they_were_sealed_are_seen_without_any_checkpoint_outside(
    here: County, judged: Judging
) -> None:
    sealed_history(here)
    line = next(one for one in exported() if one.get("artefact") == 1 and one["seq"] == 5)
    body = canonical.dumps_plain(json.loads(line["canonical"]) | {"actor": here.teacher3})
    changed = {"body": body, "hash": canonical.sha256(body)}
    tamper("UPDATE event SET body = :body, hash = :hash WHERE artefact_id = 1 AND seq = 5", **changed)
    assert "事件在封存之后被改动过" in judged(exported())
    assert (1, 5) in {(one.artefact, one.seq) for one in checks.whole()}
    # ... nor when the leaf follows: then the root is no longer the one that was signed.
    tamper("UPDATE seal_leaf SET hash = :hash WHERE document = 1 AND seq = 5", hash=changed["hash"])
    assert any("不符" in why for why in judged(exported()))
    assert any("不符" in one.why for one in checks.whole())
    # ... nor with a signature of one's own.
    newest = stored.newest()
    assert newest
    size, root, at, note = newest.size, newest.root, newest.at, newest.note
    tamper("DELETE FROM seal_checkpoint WHERE size = :size", size=size)
    tamper(
        "INSERT INTO seal_checkpoint (size, root, at, key_number, note) VALUES (:size, :root, :at, 1, :note)",
        size=size, root=root, at=at, note=note.replace(note.split("\n")[2], ROOT_OF_NOTHING),
    )  # fmt: skip
    assert any("签名不对" in why for why in judged(exported()))
    assert any("签名不对" in one.why for one in checks.whole())


def test_an_event_that_was_removed_is_named(here: County, judged: Judging) -> None:
    sealed_history(here)
    tamper("DELETE FROM event WHERE artefact_id = 2 AND seq = 1")
    assert "封存过的事件不在文件里" in judged(exported())
    assert checks.Finding("封存过的事件不见了", 2, 1) in list(checks.whole())


# --- what is done to the file --------------------------------------------------------------------


def changes(lines: list[Line]) -> dict[str, list[Line]]:
    """Files that somebody made of a good one; the last line is made to fit."""
    leaves = [place for place, line in enumerate(lines) if "leaf" in line]
    points = [place for place, line in enumerate(lines) if "checkpoint" in line]
    last_event = max(place for place, line in enumerate(lines) if line.get("artefact") == 1)
    header, sealed = lines[0], lines[0]["sealed"]

    def without(*places: int) -> list[Line]:
        return [line for place, line in enumerate(lines) if place not in places]

    def with_(place: int, **values: Any) -> list[Line]:
        return [*lines[:place], lines[place] | values, *lines[place + 1 :]]

    note = lines[points[0]]["checkpoint"]
    return {
        "leaf cut": without(leaves[3]),
        "last leaf cut": without(leaves[-1]),
        "leaf changed": with_(leaves[-1], hash="0" * 64),
        "leaf of another": with_(leaves[-1], document=99),
        "leaf nonsense": with_(leaves[-1], hash="nothing"),
        "leaves swapped": [*lines[: leaves[0]], lines[leaves[1]], lines[leaves[0]], *lines[leaves[2] :]],
        "event cut, its leaf stays": without(last_event),
        "last checkpoint cut": without(points[-1]),
        "checkpoint changed": with_(points[0], checkpoint=note.replace("\ntime 2", "\ntime 1")),
        "checkpoint without its signature": with_(points[0], checkpoint=note.split("\n\n")[0] + "\n"),
        "checkpoint nonsense": with_(points[0], checkpoint="nothing"),
        "smaller": [header | {"sealed": sealed | {"size": sealed["size"] - 1}}, *lines[1:]],
        "no key": [header | {"sealed": sealed | {"keys": []}}, *lines[1:]],
        "key changed": [
            header | {"sealed": sealed | {"keys": [sealed["keys"][0].replace("size 0", "size 1")]}},
            *lines[1:],
        ],
        "key nonsense": [header | {"sealed": sealed | {"keys": [5]}}, *lines[1:]],
        "seal taken away": [header | {"sealed": None}, *lines[1:]],
    }


@pytest.mark.sqlite_only
def test_every_change_of_a_complete_export_is_noticed(here: County, judged: Judging) -> None:
    sealed_history(here)
    for name, changed in changes(exported()).items():
        assert judged(changed), name


@pytest.mark.sqlite_only
def test_every_change_of_a_part_is_noticed(here: County, judged: Judging) -> None:
    sealed_history(here)
    lines = exported(document=1)
    harmless = {"last leaf cut"}  # an event without a leaf is one that is not sealed yet
    for name, changed in changes(lines).items():
        assert judged(changed) or name in harmless, name
    place = next(place for place, line in enumerate(lines) if "leaf" in line)
    proof = lines[place]["proof"]
    for other in (proof[1:], [*proof, proof[0]], [proof[0], *proof], ["x"], [], None):
        assert judged([*lines[:place], lines[place] | {"proof": other}, *lines[place + 1 :]]), other


@pytest.mark.sqlite_only
def test_what_is_no_checkpoint_and_no_key_is_told(here: County, judged: Judging) -> None:
    notes = sealed_history(here)
    lines = exported()
    another = notes[0].replace("time 2", "time 1")
    for checkpoint in (another, notes[0].split("\n\n")[0], "", "nothing", notes[0] + "more\n"):
        assert judged(lines, checkpoint), checkpoint
    path = str(judged.folder / "export.jsonl")
    for words in (("--key", path), ("--checkpoint", "/nowhere"), ("--key", "/nowhere")):
        ours, theirs = CliRunner().invoke(trail, ["verify", path, *words]), judged.outsider(path, *words)
        assert (ours.exit_code, theirs.returncode) == (1, 1), words
        assert "Traceback" not in ours.output + theirs.stderr


@pytest.mark.sqlite_only
@hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_no_line_makes_the_check_fail_otherwise_than_with_a_sentence(
    plain_file: tuple[list[Line], Judging], data: st.DataObject
) -> None:
    lines, judging = plain_file
    place = data.draw(st.integers(0, len(lines) - 1))
    name = data.draw(st.sampled_from(sorted(lines[place])))
    values = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.lists(st.none(), max_size=2)
    changed = [*lines[:place], lines[place] | {name: data.draw(values)}, *lines[place + 1 :]]
    path = judging.folder / "any.jsonl"
    path.write_bytes(b"".join(json.dumps(line).encode() + b"\n" for line in changed))
    result = CliRunner().invoke(trail, ["verify", "--json", str(path)])
    assert isinstance(result.exception, SystemExit | None), result.exception
    assert result.exit_code in (0, 1)


@pytest.fixture
def plain_file(here: County, judged: Judging) -> tuple[list[Line], Judging]:
    sealed_history(here)
    return exported(), judged


def test_the_verifier_can_be_read_and_run_by_anybody() -> None:
    text = VERIFIER.read_text(encoding="utf-8")
    assert len([line for line in text.splitlines() if line.strip()]) < 300
    parsed = ast.parse(text, feature_version=(3, 8))
    imported = {
        alias.name for node in ast.walk(parsed) if isinstance(node, ast.Import) for alias in node.names
    }
    assert imported <= sys.stdlib_module_names
    assert not [node for node in ast.walk(parsed) if isinstance(node, ast.ImportFrom)]


def _vectors() -> list[tuple[str, str, str]]:
    """RFC 8032, 7.1: public key, message, signature."""
    return [
        (
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bac"
            "c61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e"
            "458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
    ]


@pytest.fixture(scope="module")
def holds() -> Callable[[bytes, bytes, bytes], bool]:
    names: dict[str, Any] = {"__name__": "verify_trail"}
    exec(compile(VERIFIER.read_text(encoding="utf-8"), str(VERIFIER), "exec"), names)
    found: Callable[[bytes, bytes, bytes], bool] = names["ed25519_holds"]
    return found


def test_its_signatures_are_those_of_the_specification(holds: Callable[..., bool]) -> None:
    for public, message, signature in _vectors():
        parts = [bytes.fromhex(one) for one in (public, signature, message)]
        assert holds(*parts)
        for place in range(3):
            for bit in (0, 7, 255, 256, 511):
                if bit // 8 < len(parts[place]):
                    changed = bytearray(parts[place])
                    changed[bit // 8] ^= 1 << bit % 8
                    assert not holds(*parts[:place], bytes(changed), *parts[place + 1 :])
        order = 2**252 + 27742317777372353535851937790883648493
        twice = int.from_bytes(parts[1][32:], "little") + order  # the same signature, not reduced
        assert not holds(parts[0], parts[1][:32] + twice.to_bytes(32, "little"), parts[2])
