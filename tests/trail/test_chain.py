"""The chain of one document: whatever is done to it is noticed, except at its very end."""

from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from tests.browsing import log_in
from tests.builders import a_plan, county
from tests.tampering import tamper
from workflow_app import canonical
from workflow_app.events import chain
from workflow_app.trail import lookup

Chain = list[tuple[int, bytes, str]]
DOCUMENT = {
    "title_sha256": canonical.ZEROS,
    "period": "2026-2027",
    "subject": "school:3",
    "school": 3,
    "teacher": None,
}


def a_chain(length: int, artefact: int = 7) -> Chain:
    found: Chain = []
    prev = canonical.ZEROS
    for seq in range(1, length + 1):
        sealed = chain.seal_event(
            {
                "artefact": artefact,
                "seq": seq,
                "action": "签批",
                "prev": prev,
                "key": f"k{seq}",
                "document": DOCUMENT,
            }
        )
        found.append((seq, sealed.body, sealed.hash))
        prev = sealed.hash
    return found


chains = st.integers(min_value=2, max_value=12).map(a_chain)


@given(chains)
def test_an_honest_chain_is_whole(events: Chain) -> None:
    assert chain.breaks(7, events) == []


@given(chains, st.data())
def test_any_change_of_one_byte_of_any_event_is_noticed(events: Chain, data: Any) -> None:
    index = data.draw(st.integers(0, len(events) - 1))
    seq, body, digest = events[index]
    place = data.draw(st.integers(0, len(body) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != body[place]))
    events[index] = (seq, body[:place] + bytes([other]) + body[place + 1 :], digest)
    assert (seq, "内容与摘要不符") in chain.breaks(7, events)


@given(chains, st.data())
def test_any_byte_removed_or_added_is_noticed(events: Chain, data: Any) -> None:
    index = data.draw(st.integers(0, len(events) - 1))
    seq, body, digest = events[index]
    place = data.draw(st.integers(0, len(body)))
    more = data.draw(st.binary(min_size=0, max_size=3))
    changed = body[:place] + more + body[place + (0 if more else 1) :]
    if changed != body:
        events[index] = (seq, changed, digest)
        assert chain.breaks(7, events)


@given(chains, st.data())
def test_an_event_rewritten_with_its_hash_is_noticed_unless_it_is_the_last(events: Chain, data: Any) -> None:
    index = data.draw(st.integers(0, len(events) - 2))
    seq, body, _ = events[index]
    changed = canonical.dumps_plain(canonical.loads(body) | {"action": "别的"})
    events[index] = (seq, changed, canonical.sha256(changed))
    assert chain.breaks(7, events) == [(seq + 1, "与前一条接不上")]


@given(chains, st.data())
def test_a_removed_event_is_noticed(events: Chain, data: Any) -> None:
    index = data.draw(st.integers(0, len(events) - 2))
    gone = events.pop(index)
    assert (gone[0], f"缺第 {gone[0]} 条") in chain.breaks(7, events)


@given(chains, st.data())
def test_a_truncated_head_is_noticed(events: Chain, data: Any) -> None:
    cut = data.draw(st.integers(1, len(events) - 1))
    assert chain.breaks(7, events[cut:])[:2] == [(1, "缺第 1 条"), (cut + 1, "与前一条接不上")]


@given(chains, st.data())
def test_a_swapped_pair_is_noticed(events: Chain, data: Any) -> None:
    one = data.draw(st.integers(0, len(events) - 2))
    two = data.draw(st.integers(one + 1, len(events) - 1))
    events[one], events[two] = events[two], events[one]
    assert chain.breaks(7, events)


@given(chains, st.data())
def test_a_swapped_pair_is_noticed_even_with_new_numbers(events: Chain, data: Any) -> None:
    one = data.draw(st.integers(0, len(events) - 2))
    two = data.draw(st.integers(one + 1, len(events) - 1))
    events[one], events[two] = (one + 1, *events[two][1:]), (two + 1, *events[one][1:])
    assert (one + 1, "编号与正文不符") in chain.breaks(7, events)


@given(chains)
def test_an_event_of_another_document_is_noticed(events: Chain) -> None:
    events[-1] = a_chain(len(events), artefact=8)[-1]
    assert (len(events), "编号与正文不符") in chain.breaks(7, events)


@given(chains, st.data())
def test_cutting_the_tail_alone_is_not_noticed_without_a_checkpoint(events: Chain, data: Any) -> None:
    kept = data.draw(st.integers(0, len(events)))
    assert chain.breaks(7, events[:kept]) == []


@given(st.binary(max_size=60))
def test_bytes_that_are_no_event_are_a_break_and_no_error(garbage: bytes) -> None:
    assert chain.breaks(7, [(1, garbage, canonical.sha256(garbage))])


def test_depth_that_no_reader_bears_is_a_break_and_no_error() -> None:
    deep = b"[" * 100_000
    assert chain.breaks(7, [(1, deep, canonical.sha256(deep))])


# --- in the database -------------------------------------------------------------------------


def test_what_people_do_makes_a_whole_chain(office: Flask) -> None:
    plan = a_plan(county()).submitted().signed().returned().answered().submitted().signed().approved()
    events = lookup.chain(plan.id)
    assert [seq for seq, _, _ in events] == [1, 2, 3, 4, 5, 6, 7]
    assert chain.breaks(plan.id, events) == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE event SET body = :other WHERE artefact_id = :id AND seq = 2",
        "UPDATE event SET hash = :zeros WHERE artefact_id = :id AND seq = 2",
        "DELETE FROM event WHERE artefact_id = :id AND seq = 2",
        "DELETE FROM event WHERE artefact_id = :id AND seq = 1",
        "UPDATE event SET seq = 9 WHERE artefact_id = :id AND seq = 2",
    ],
)
def test_a_change_behind_our_back_is_shown_on_the_event_page(office: Flask, change: str) -> None:
    plan = a_plan(county()).submitted().signed()
    body = bytes(plan.events[1].body)
    last = plan.events[2].id
    client = log_in(office, "auditor")
    assert "首尾相接，摘要全部相符" in client.get(f"/trail/{last}").get_data(as_text=True)
    tamper(change, id=plan.id, other=body.replace(b"submit", b"SUBMIT"), zeros=canonical.ZEROS)
    assert chain.breaks(plan.id, lookup.chain(plan.id))
    page = client.get(f"/trail/{last}").get_data(as_text=True)
    assert "这份文件的链有问题" in page
    assert "首尾相接，摘要全部相符" not in page


def test_garbage_in_the_place_of_an_event_does_not_hide_the_rest(office: Flask) -> None:
    plan = a_plan(county()).submitted().signed()
    ids = [event.id for event in plan.events]
    tamper("UPDATE event SET body = :other WHERE artefact_id = :id AND seq = 2", id=plan.id, other=b"\xff{[")
    client = log_in(office, "auditor")
    listed = client.get("/trail")
    assert listed.status_code == 200
    assert f"/trail/{ids[2]}" in listed.get_data(as_text=True)
    for number in ids:
        page = client.get(f"/trail/{number}")
        assert page.status_code == 200, number
        assert "这份文件的链有问题" in page.get_data(as_text=True)
    for kind in ("csv", "jsonl"):
        assert client.get(f"/trail/export.{kind}", buffered=True).status_code == 200, kind


@pytest.mark.parametrize(
    ("comment", "points", "answers"),
    [
        ("同意。", (), ()),
        ("", [{"section": "goals", "text": "写细"}], ()),
        ("", (), [{"point": 1, "answer": "好"}]),
    ],
)
def test_what_was_said_is_bound_by_a_salted_digest(comment: str, points: Any, answers: Any) -> None:
    said = chain.seal_opinion(comment, points, answers)
    again = chain.seal_opinion(comment, points, answers)
    assert said
    assert again
    assert said.sha256 == chain.salted(said.salt, said.body)
    assert said.body == again.body
    assert said.sha256 != again.sha256  # a guess at the words cannot be tried without the salt


def test_nothing_said_leaves_no_statement() -> None:
    assert chain.seal_opinion("") is None
