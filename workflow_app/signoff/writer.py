"""The writing half of a sign-off: one event and everything that hangs on it, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from workflow_app import canonical
from workflow_app.events import append, chain
from workflow_app.periods.deadlines import due_stamp
from workflow_app.signoff import sql
from workflow_app.signoff.candidates import Assignee, assignees, copies, person
from workflow_app.signoff.context import DocumentContext
from workflow_app.store import Tx
from workflows.machine import Transition


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an action came to. ``replayed`` when the same key had been answered before."""

    artefact_id: int
    seq: int
    action: str
    from_state: str | None
    to_state: str
    version: int
    revision: int
    round: int
    definition_id: int
    replayed: bool = False

    def remembered(self) -> bytes:
        """What is kept under the idempotency key; ``from_memory`` reads it."""
        return canonical.dumps_plain([getattr(self, name) for name in self.__slots__[:-1]])

    @classmethod
    def from_memory(cls, body: bytes) -> "Outcome":
        return replace(cls(*canonical.loads(bytes(body))), replayed=True)


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody sent: the action and everything that came along.

    ``document_sha256``: of ``append.Identity`` as the person was shown it; empty where they do not say.
    ``key``: idempotency key. ``auth``: how they have proved who they are. Neither is part of what
    makes two requests the same.
    """

    artefact_id: int
    action: str
    version: int
    content_sha256: str
    attachments_sha256: str
    comment: str
    points: tuple[Mapping[str, str], ...]
    key: str
    auth: str
    document_sha256: str = ""

    def digest(self) -> str:
        said = [self.document_sha256] if self.document_sha256 else []
        return canonical.digest(
            [
                self.artefact_id, self.action, self.version, self.content_sha256, self.attachments_sha256,
                self.comment, self.points, *said,
            ]
        )  # fmt: skip


class StaleDocument(Exception):
    """The guarded update touched nothing: the document is no longer as it was read."""


class TransitionWriter:
    """Writes one transition that was found allowed."""

    def __init__(self, tx: Tx, context: DocumentContext, request: Request, transition: Transition) -> None:
        self.tx, self.context, self.request, self.transition = tx, context, request, transition
        self.row, definition = context.row, context.definition
        self.action = definition.actions[request.action]
        self.state = definition.states[transition.to]
        self.effects = frozenset(self.action.effects)
        self.grant = context.grant_for(self.action, transition.seat)
        self.moment = self.row.moment()
        self.at = self.moment.at
        self.round = self.row.round + ("open_round" in self.effects)
        self.revision = self.row.revision + ("freeze_revision" in self.effects)
        self.leg = self.row.leg + 1 if transition.to == self.row.state else 0
        self.digests = (self.row.content_sha256, self.row.attachments_sha256)
        released = "release_subject" in self.effects
        self.subject = f"{self.row.subject}#{self.row.id}" if released else self.row.subject
        self.route = self.row.route
        self.joins = context.me not in context.authors and bool(
            # Whoever discards a draft has it among their own, as its authors have.
            self.effects & {"freeze_revision", "release_subject"}
        )
        if "freeze_revision" in self.effects:
            self.route = ",".join(map(str, context.department_ids))

    def write(self) -> Outcome:
        """All of it, in the order of the constraints.

        Raises:
            StaleDocument: somebody was faster, or the grant has ended; the caller rolls back.
        """
        if "restore_in_force" in self.effects:
            self._restore()
        answers = self._answers() if "freeze_revision" in self.effects else ()
        asked_next = assignees(self.tx, self.context, self.action, self.transition, self.leg)
        due = self._due()
        submitted = self._submitted_revision()
        notices = self._notices(asked_next)
        opinion = chain.seal_opinion(self.request.comment, self.request.points, answers)
        event = append.seal(self._act(), self._place(asked_next, notices, due), opinion)
        outcome = Outcome(
            self.row.id, self.row.head_seq + 1, self.request.action, self.row.state, self.transition.to,
            self.row.version + 1, self.revision, self.round, self.row.definition_id,
        )  # fmt: skip
        with self.tx.pipeline():
            updated = self._send_document(event.hash, due, submitted)
            append.send(self.tx, event)
            self._send_content()
            self._send_points()
            self.tx.send(sql.CLOSE_TASKS, artefact_id=self.row.id, at=self.at)
            self.tx.run_many(sql.TASK, [self._task(one, due) for one in asked_next])
            self.tx.run_many(sql.NOTICE, notices)
            self._send_answer(outcome)
        if updated.rowcount != 1:
            raise StaleDocument
        return outcome

    # --- the parts ---------------------------------------------------------------------------

    def _restore(self) -> None:
        number = self.row.in_force_revision
        digests = self.tx.one(sql.IN_FORCE_DIGESTS, artefact_id=self.row.id, number=number)
        assert digests is not None
        self.digests = (digests[0], digests[1])

    def _submitted_revision(self) -> int:
        """The last revision reviewers may read: what is withdrawn is theirs no longer."""
        if "freeze_revision" in self.effects:
            return self.revision
        if "restore_in_force" in self.effects:
            return self.row.in_force_revision or 0
        if self.action.by == "submitter" and self.state.editable:
            earlier = self.tx.one(sql.LAST_ACTED_ON, artefact_id=self.row.id, revision=self.row.revision)
            return earlier[0] if earlier and earlier[0] else 0
        return self.row.submitted_revision

    def _answers(self) -> Sequence[dict[str, Any]]:
        if self.row.points == self.row.unanswered:
            return ()
        rows = self.tx.all(sql.ANSWERS_GIVEN, artefact_id=self.row.id)
        return [{"point": point_id, "answer": answer} for point_id, answer in rows]

    def _act(self) -> append.Act:
        grant = self.grant
        return append.Act(
            self.request.action,
            self.context.me,
            {"id": grant.id, "role": grant.role, "scope": grant.unit_id} if grant else None,
            append.proof(self.request.auth, self.row.reset_at),
            self.request.key,
            self.moment,
            signs=self.action.signs,
            handled=self.action.by == "waited_for",
            request_sha256=self.request.digest(),
        )

    def _place(
        self, asked_next: Sequence[Assignee], notices: Sequence[Mapping[str, Any]], due: str
    ) -> append.Place:
        row, context = self.row, self.context
        identity = row.identity._replace(subject=self.subject)
        authors = context.authors | ({context.me} if self.joins else set())
        return append.Place(
            row.id, identity, context.definition, row.state, self.transition.to, self.round, self.revision,
            row.version + 1, self.route, due, *self.digests, authors, row.head_seq + 1, row.head_hash,
            [[one["role"], one["unit_id"], one["person_id"]] for one in asked_next],
            [[one["purpose"], one["role"], one["unit_id"], one["person_id"]] for one in notices],
        )  # fmt: skip

    def _due(self) -> str:
        """The deadline of the step, by what the clock shows; an amendment is not late because its period
        began long ago.
        """
        due = self.state.due
        if due and due.days_after_period_start is not None and self.row.in_force_revision is not None:
            due = None
        return due_stamp(due, self.moment.clock, self.row.starts_on)

    def _send_document(self, head_hash: str, due: str, submitted_revision: int) -> Any:
        row, grant = self.row, self.grant
        submits = "freeze_revision" in self.effects
        in_force = row.in_force_revision
        if "put_in_force" in self.effects and self.state.in_force:
            in_force = self.revision
        return self.tx.send(
            sql.MOVE,
            artefact_id=row.id,
            seen_version=row.version,
            seen_state=row.state,
            seen_points_version=row.points_version,
            grant_id=grant.id if grant else 0,
            new_state=self.transition.to,
            new_subject=self.subject,
            new_revision=self.revision,
            new_submitted_revision=submitted_revision,
            new_in_force_revision=in_force,
            new_round=self.round,
            new_route=self.route,
            new_leg=self.leg,
            new_submitter_id=self.context.me if submits else row.submitter_id,
            new_last_signer_id=self.context.me if self.action.signs else None,
            new_content_sha256=self.digests[0],
            new_attachments_sha256=self.digests[1],
            new_head_seq=row.head_seq + 1,
            new_head_hash=head_hash,
            new_state_since=self.at,
            new_due_at=due,
            new_updated_at=self.at,
        )

    def _send_content(self) -> None:
        row, me = self.row, self.context.me
        if "freeze_revision" in self.effects:
            self.tx.send(
                sql.FREEZE,
                artefact_id=row.id,
                number=self.revision,
                content_sha256=self.digests[0],
                attachments_sha256=self.digests[1],
                at=self.at,
                me=me,
            )
        if self.joins:
            self.tx.send(sql.AUTHOR, artefact_id=row.id, person_id=me, since=self.at)
        if "restore_in_force" in self.effects:
            number = row.in_force_revision
            self.tx.send(sql.RESTORE, artefact_id=row.id, number=number, me=me, at=self.at)

    def _send_points(self) -> None:
        if "raise_points" in self.effects:
            self.tx.run_many(sql.POINT, [self._point(point) for point in self.request.points])
        if "close_points" in self.effects and self.row.points:
            self.tx.send(sql.CLOSE_POINTS, artefact_id=self.row.id, me=self.context.me, at=self.at)

    def _point(self, point: Mapping[str, str]) -> dict[str, Any]:
        return {
            "artefact_id": self.row.id,
            "round": self.round,
            "section": point["section"],
            "text": point["text"],
            "raised_by": self.context.me,
            "raised_at": self.at,
            "raised_in": self.row.state,
            "answer": "",
            "state": "open",
        }

    def _task(self, asked: Assignee, due: str) -> dict[str, Any]:
        of = {"artefact_id": self.row.id, "state": self.transition.to, "opened_at": self.at, "due_at": due}
        return of | asked

    def _notices(self, asked_next: Sequence[Assignee]) -> list[dict[str, Any]]:
        """The outbox: who is asked next, who gets a copy, and the author when somebody else acted."""
        me = self.context.me
        found: list[tuple[str, Assignee]] = [("todo", one) for one in asked_next if one["person_id"] != me]
        found += [("copy", one) for one in copies(self.tx, self.context, self.action)]
        asked_people = {one["person_id"] for one in asked_next}
        authors = {self.row.author_id, self.row.submitter_id} - {None, me} - asked_people
        found += [("told", person(one)) for one in authors if one]
        return [
            {"artefact_id": self.row.id, "seq": self.row.head_seq + 1, "purpose": purpose, "at": self.at}
            | one
            for purpose, one in found
        ]

    def _send_answer(self, outcome: Outcome) -> None:
        self.tx.send(
            sql.ANSWER,
            person_id=self.context.me,
            key=self.request.key,
            request_sha256=self.request.digest(),
            answer=outcome.remembered(),
            at=self.at,
        )
