"""Alterations of the trail: events, what was said with them, and what hangs on them."""

from typing import Any

from tests.faults.alterations.kinds import DOCUMENTS, EVENTS, OFF_SITE, PEOPLE, Hands, found_by
from tests.faults.alterations.rewriting import rechain, undo_last, without_trace
from workflow_app import canonical
from workflow_app.events import chain

_LAST = " WHERE artefact_id = :id AND seq = :seq"
_APPROVED = (
    "SELECT e.artefact_id, e.seq, e.body FROM event e JOIN artefact a ON a.id = e.artefact_id"
    " AND a.head_seq = e.seq WHERE e.action = 'approve' AND a.state = 'approved' ORDER BY e.artefact_id"
)
_SAID = "SELECT artefact_id, seq, salt, body FROM event_statement ORDER BY artefact_id, seq"


def _facts(hands: Hands, artefact: int, seq: int) -> dict[str, Any]:
    (row,) = hands.rows("SELECT body FROM event" + _LAST, id=artefact, seq=seq)
    facts: dict[str, Any] = canonical.loads(bytes(row.body))
    return facts


@found_by("chain")
def event_changed(hands: Hands) -> None:
    event = hands.pick(EVENTS)
    facts = _facts(hands, *event) | {"actor": 1, "auth": "x"}
    hands.run("UPDATE event SET body = :body" + _LAST, body=canonical.dumps(facts), id=event[0], seq=event[1])


@found_by("chain")
def event_changed_with_its_hash(hands: Hands) -> None:
    event = hands.pick(
        "SELECT e.artefact_id, e.seq FROM event e JOIN artefact a ON a.id = e.artefact_id"
        " WHERE e.seq < a.head_seq ORDER BY 1, 2"
    )
    body = canonical.dumps(_facts(hands, *event) | {"auth": "grace"} | {"key": "another"})
    hands.run(
        "UPDATE event SET body = :body, hash = :hash" + _LAST,
        body=body, hash=canonical.sha256(body), id=event[0], seq=event[1],
    )  # fmt: skip


@found_by("chain")
def event_removed(hands: Hands) -> None:
    event = hands.pick(
        "SELECT e.artefact_id, e.seq FROM event e JOIN artefact a ON a.id = e.artefact_id"
        " WHERE e.seq < a.head_seq ORDER BY 1, 2"
    )
    hands.run("DELETE FROM event" + _LAST, id=event[0], seq=event[1])


@found_by("answers")
def last_event_cut_off(hands: Hands) -> None:
    """With the head put back, and nothing else."""
    event = hands.pick(_APPROVED)
    (before,) = hands.rows("SELECT hash FROM event" + _LAST, id=event.artefact_id, seq=event.seq - 1)
    hands.run("DELETE FROM event" + _LAST, id=event.artefact_id, seq=event.seq)
    hands.run(
        "UPDATE artefact SET head_seq = head_seq - 1, head_hash = :hash WHERE id = :id",
        hash=before.hash, id=event.artefact_id,
    )  # fmt: skip


@found_by("answers")
def event_forged_in_the_name_of_a_lead(hands: Hands) -> None:
    """An approval that nobody gave, well chained, with the row of the document following."""
    row = hands.pick("SELECT id FROM artefact WHERE state = 'training_review' ORDER BY id")
    (last,) = hands.rows(
        "SELECT e.seq, e.hash, e.school_id, e.body FROM event e JOIN artefact a ON a.id = e.artefact_id"
        " AND a.head_seq = e.seq WHERE a.id = :id", id=row.id,
    )  # fmt: skip
    grant = hands.pick(
        "SELECT id, person_id, role, unit_id FROM grant_ WHERE role = 'lead' AND person_id NOT IN"
        " (SELECT actor_id FROM event WHERE artefact_id = :id) ORDER BY id", id=row.id,
    )  # fmt: skip
    facts = canonical.loads(bytes(last.body))
    facts |= {
        "seq": last.seq + 1, "prev": last.hash, "from": "training_review", "to": "approved",
        "action": "approve", "actor": grant.person_id, "key": "forged", "comment_sha256": None,
        "grant": {"id": grant.id, "role": grant.role, "scope": grant.unit_id}, "asked": [], "told": [],
        "version": facts["version"] + 1,
    }  # fmt: skip
    body = canonical.dumps(facts)
    digest = canonical.sha256(body)
    hands.run(
        "INSERT INTO event (artefact_id, seq, at, actor_id, action, from_state, to_state, round, revision,"
        " school_id, signs, handled, body, hash) VALUES (:id, :seq, :at, :who, 'approve', 'training_review',"
        " 'approved', :round, :revision, :school, :yes, :yes, :body, :hash)",
        id=row.id, seq=last.seq + 1, at=facts["at"], who=grant.person_id, round=facts["round"],
        revision=facts["revision"], school=last.school_id, yes=True, body=body, hash=digest,
    )  # fmt: skip
    hands.run(
        "UPDATE artefact SET state = 'approved', in_force_revision = revision, head_seq = :seq,"
        " head_hash = :hash, version = version + 1, last_signer_id = :who WHERE id = :id",
        seq=last.seq + 1, hash=digest, who=grant.person_id, id=row.id,
    )  # fmt: skip
    hands.run(
        "UPDATE task SET closed_at = :at WHERE artefact_id = :id AND closed_at IS NULL",
        at=facts["at"],
        id=row.id,
    )


@found_by(OFF_SITE)
def opinion_rewritten_and_the_chain_made_anew(hands: Hands) -> None:
    said = hands.pick(
        "SELECT s.artefact_id, s.seq, s.salt, s.body FROM event_statement s JOIN event e"
        " ON e.artefact_id = s.artefact_id AND e.seq = s.seq WHERE e.action = 'approve' ORDER BY 1, 2"
    )
    body = canonical.dumps(canonical.loads(bytes(said.body)) | {"comment": "坚决同意。"})
    digest = chain.salted(said.salt, body)
    hands.run("UPDATE event_statement SET body = :body" + _LAST, body=body, id=said.artefact_id, seq=said.seq)
    rechain(hands, said.artefact_id, [(said.seq, lambda facts: facts.update(comment_sha256=digest))])


@found_by(OFF_SITE)
def approved_content_replaced_everywhere(hands: Hands) -> None:
    """Revision, draft, digests, all events of that revision, and the chain made anew."""
    row = hands.pick(
        "SELECT r.artefact_id, r.number, r.content, r.content_sha256 FROM revision r JOIN artefact a"
        " ON a.id = r.artefact_id AND a.in_force_revision = r.number WHERE a.state = 'approved' ORDER BY 1"
    )
    body = canonical.dumps(canonical.loads(bytes(row.content)) | {"goals": "换掉的目标。"})
    new, of = canonical.sha256(body), {"id": row.artefact_id}

    def replace(facts: dict[str, Any]) -> None:
        if facts["content_sha256"] == row.content_sha256:
            facts["content_sha256"] = new

    seqs = [seq for (seq,) in hands.rows("SELECT seq FROM event WHERE artefact_id = :id ORDER BY seq", **of)]
    rechain(hands, row.artefact_id, [(seq, replace) for seq in seqs])
    hands.run(
        "UPDATE revision SET content = :body, content_sha256 = :new"
        " WHERE artefact_id = :id AND content_sha256 = :old",
        body=body, new=new, old=row.content_sha256, **of,
    )  # fmt: skip
    hands.run("UPDATE draft SET content = :body WHERE artefact_id = :id", body=body, **of)
    hands.run("UPDATE artefact SET content_sha256 = :new WHERE id = :id", new=new, **of)


@found_by(OFF_SITE)
def how_a_signer_proved_who_they_are_rewritten(hands: Hands) -> None:
    event = hands.pick("SELECT artefact_id, seq FROM event WHERE action IN ('sign', 'approve') ORDER BY 1, 2")
    rechain(hands, event.artefact_id, [(event.seq, lambda facts: facts.update(auth="token"))])


@found_by(OFF_SITE)
def approval_undone_without_trace(hands: Hands) -> None:
    undo_last(hands, hands.pick(_APPROVED).artefact_id)


@found_by(OFF_SITE)
def document_removed_without_trace(hands: Hands) -> None:
    without_trace(
        hands,
        hands.pick(
            "SELECT id FROM artefact WHERE id NOT IN (SELECT artefact_id FROM issued_paper)"
            " AND id NOT IN (SELECT source_id FROM carried) ORDER BY id"
        ).id,
    )


@found_by("said")
def opinion_rewritten(hands: Hands) -> None:
    said = hands.pick(_SAID)
    body = canonical.dumps(canonical.loads(bytes(said.body)) | {"comment": "不同意。"})
    hands.run("UPDATE event_statement SET body = :body" + _LAST, body=body, id=said.artefact_id, seq=said.seq)


@found_by("said")
def opinion_removed(hands: Hands) -> None:
    said = hands.pick(_SAID)
    hands.run("DELETE FROM event_statement" + _LAST, id=said.artefact_id, seq=said.seq)


@found_by("columns")
def event_shown_under_another_person(hands: Hands) -> None:
    event = hands.pick("SELECT artefact_id, seq, actor_id FROM event WHERE NOT signs ORDER BY 1, 2")
    who = hands.other(event.actor_id, PEOPLE)
    hands.run("UPDATE event SET actor_id = :who" + _LAST, who=who, id=event.artefact_id, seq=event.seq)


@found_by("columns")
def event_shown_at_another_time(hands: Hands) -> None:
    event = hands.pick(EVENTS)
    hands.run(
        "UPDATE event SET at = :at" + _LAST, at="2026-09-01T00:00:00.000000Z", id=event[0], seq=event[1]
    )


@found_by("columns")
def signature_no_longer_counted(hands: Hands) -> None:
    event = hands.pick("SELECT artefact_id, seq FROM event WHERE signs ORDER BY 1, 2")
    hands.run("UPDATE event SET signs = :no" + _LAST, no=False, id=event.artefact_id, seq=event.seq)


# --- what hangs on events ------------------------------------------------------------------------


@found_by("authors")
def author_removed(hands: Hands) -> None:
    row = hands.pick("SELECT artefact_id, person_id FROM artefact_author ORDER BY 1, 2")
    hands.run(
        "DELETE FROM artefact_author WHERE artefact_id = :id AND person_id = :who", id=row[0], who=row[1]
    )


@found_by("authors")
def author_added(hands: Hands) -> None:
    document = hands.pick("SELECT id FROM artefact WHERE state <> 'draft' ORDER BY id").id
    known = "SELECT person_id FROM artefact_author WHERE artefact_id = :id"
    who = hands.pick(f"SELECT id FROM person WHERE id NOT IN ({known}) ORDER BY id", id=document).id
    hands.run(
        "INSERT INTO artefact_author (artefact_id, person_id, since) SELECT :id, :who, updated_at"
        " FROM artefact WHERE id = :id", id=document, who=who,
    )  # fmt: skip


@found_by("authors")
def author_said_to_have_joined_later(hands: Hands) -> None:
    row = hands.pick("SELECT artefact_id, person_id FROM artefact_author ORDER BY 1, 2")
    hands.run(
        "UPDATE artefact_author SET since = '2099-01-01T00:00:00.000000Z'"
        " WHERE artefact_id = :id AND person_id = :who", id=row[0], who=row[1],
    )  # fmt: skip


POINTS = "SELECT id, artefact_id FROM point ORDER BY id"


@found_by("points")
def point_reworded(hands: Hands) -> None:
    hands.run("UPDATE point SET text = '无需修改。' WHERE id = :id", id=hands.pick(POINTS).id)


@found_by("points")
def point_removed(hands: Hands) -> None:
    hands.run("DELETE FROM point WHERE id = :id", id=hands.pick(POINTS).id)


@found_by("points")
def answer_to_a_point_rewritten(hands: Hands) -> None:
    point = hands.pick("SELECT id FROM point WHERE state = 'closed' ORDER BY id")
    hands.run("UPDATE point SET answer = '另一个答复。' WHERE id = :id", id=point.id)


@found_by("points")
def point_closed_in_silence(hands: Hands) -> None:
    point = hands.pick("SELECT id, raised_by FROM point WHERE state <> 'closed' ORDER BY id")
    hands.run(
        "UPDATE point SET state = 'closed', closed_by = raised_by, closed_at = raised_at WHERE id = :id",
        id=point.id,
    )


@found_by("points")
def point_closed_by_another(hands: Hands) -> None:
    point = hands.pick("SELECT id, closed_by FROM point WHERE state = 'closed' ORDER BY id")
    who = hands.other(point.closed_by, PEOPLE)
    hands.run("UPDATE point SET closed_by = :who WHERE id = :id", who=who, id=point.id)


def _answer(hands: Hands) -> Any:
    """An answer to an act: those to saves and uploads have no event behind them."""
    rows = hands.rows("SELECT person_id, key, answer FROM answered ORDER BY person_id, key")
    return hands.chance.choice([row for row in rows if bytes(row.answer).startswith(b"[")])


@found_by("answers")
def remembered_answer_changed(hands: Hands) -> None:
    row = _answer(hands)
    answer = canonical.loads(bytes(row.answer))
    answer[5] += 1
    hands.run(
        "UPDATE answered SET answer = :answer WHERE person_id = :who AND key = :key",
        answer=canonical.dumps(answer), who=row.person_id, key=row.key,
    )  # fmt: skip


@found_by("answers")
def remembered_answer_removed(hands: Hands) -> None:
    row = _answer(hands)
    hands.run("DELETE FROM answered WHERE person_id = :who AND key = :key", who=row.person_id, key=row.key)


@found_by("answers")
def remembered_request_changed(hands: Hands) -> None:
    row = _answer(hands)
    hands.run(
        "UPDATE answered SET request_sha256 = :other WHERE person_id = :who AND key = :key",
        other=canonical.ZEROS, who=row.person_id, key=row.key,
    )  # fmt: skip


@found_by("outbox")
def notice_removed(hands: Hands) -> None:
    hands.run("DELETE FROM notice WHERE id = :id", id=hands.pick("SELECT id FROM notice ORDER BY id").id)


@found_by("outbox")
def notice_sent_to_another(hands: Hands) -> None:
    row = hands.pick("SELECT id, person_id FROM notice WHERE person_id IS NOT NULL ORDER BY id")
    who = hands.other(row.person_id, PEOPLE)
    hands.run("UPDATE notice SET person_id = :who WHERE id = :id", who=who, id=row.id)


@found_by("outbox")
def notice_invented(hands: Hands) -> None:
    document = hands.pick(DOCUMENTS).id
    hands.run(
        "INSERT INTO notice (artefact_id, seq, purpose, person_id, at) SELECT artefact_id, seq, 'told', :who,"
        " at FROM event WHERE artefact_id = :id AND seq = 1", who=hands.pick(PEOPLE).id, id=document,
    )  # fmt: skip


@found_by("tasks")
def task_given_to_another(hands: Hands) -> None:
    hands.run(
        "UPDATE task SET role = NULL, unit_id = NULL, person_id = :who WHERE id = :id",
        who=hands.pick("SELECT id FROM person WHERE username = 'auditor'").id,
        id=hands.pick("SELECT id FROM task ORDER BY id").id,
    )


@found_by("tasks")
def task_removed(hands: Hands) -> None:
    hands.run("DELETE FROM task WHERE id = :id", id=hands.pick("SELECT id FROM task ORDER BY id").id)


@found_by("tasks")
def deadline_of_a_task_moved(hands: Hands) -> None:
    hands.run(
        "UPDATE task SET due_at = '2099-01-01T00:00:00.000000Z' WHERE id = :id",
        id=hands.pick("SELECT id FROM task ORDER BY id").id,
    )


@found_by("carried")
def taken_over_section_said_to_be_renewed(hands: Hands) -> None:
    row = hands.pick("SELECT artefact_id, field FROM carried ORDER BY 1, 2")
    hands.run(
        "UPDATE carried SET value_sha256 = :other WHERE artefact_id = :id AND field = :field",
        other=canonical.ZEROS, id=row.artefact_id, field=row.field,
    )  # fmt: skip


@found_by("carried")
def taken_over_section_forgotten(hands: Hands) -> None:
    row = hands.pick("SELECT artefact_id, field FROM carried ORDER BY 1, 2")
    hands.run(
        "DELETE FROM carried WHERE artefact_id = :id AND field = :field", id=row.artefact_id, field=row.field
    )
