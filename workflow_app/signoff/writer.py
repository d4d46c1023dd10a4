"""The writing half of a sign-off: one event and everything that hangs on it, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from workflow_app import canonical, clock
from workflow_app.events import chain
from workflow_app.periods.deadlines import due_stamp
from workflow_app.signoff import sql
from workflow_app.signoff.candidates import assignees, copies
from workflow_app.signoff.context import DocumentContext
from workflow_app.store import Tx
from workflows.definition import Action


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
    """What somebody sent: the action and everything that came along."""

    artefact_id: int
    action: str
    version: int
    content_sha256: str
    attachments_sha256: str
    comment: str
    points: tuple[Mapping[str, str], ...]

    def digest(self) -> str:
        return canonical.digest(
            [
                self.artefact_id, self.action, self.version, self.content_sha256, self.attachments_sha256,
                self.comment, self.points,
            ]
        )  # fmt: skip


class StaleDocument(Exception):
    """The guarded update touched nothing."""


class TransitionWriter:
    """The writing half: one event and everything that hangs on it."""

    def __init__(
        self,
        tx: Tx,
        context: DocumentContext,
        action: Action,
        asked: Request,
        to_state: str,
        key: str,
        auth: str,
    ) -> None:
        self.tx, self.context, self.action, self.asked = tx, context, action, asked
        self.to_state, self.key, self.auth = to_state, key, auth
        self.row = context.row
        self.grant = context.grant_for(action)
        self.effects = frozenset(action.effects)
        self.at = max(clock.stamp(clock.now()), self.row.updated_at)  # time never goes back
        self.state = context.machine.definition.states[to_state]
        self.seq = self.row.head_seq + 1
        self.round = self.row.round + ("open_round" in self.effects)
        self.revision = self.row.revision + ("freeze_revision" in self.effects)
        self.leg = self.row.leg + 1 if to_state == self.row.state else 0
        self.digests = (self.row.content_sha256, self.row.attachments_sha256)

    def write(self) -> Outcome:
        if "restore_in_force" in self.effects:
            self._restore()
        answers = self._answers() if "freeze_revision" in self.effects else ()
        said = chain.seal_opinion(self.asked.comment, self.asked.points, answers)
        event = self._event(said)
        asked_next = assignees(self.tx, self.context, self.action, self.to_state, self.leg)
        due = self._due()
        outcome = Outcome(
            self.row.id, self.seq, self.asked.action, self.row.state, self.to_state,
            self.row.version + 1, self.revision, self.round, self.row.definition_id,
        )  # fmt: skip
        notices = self._notices(asked_next)
        with self.tx.pipeline():
            updated = self._send_move(event, due)
            self._send_event(event, said)
            self._send_content()
            self._send_points()
            self.tx.send(sql.CLOSE_TASKS, artefact_id=self.row.id, at=self.at)
            self.tx.run_many(sql.TASK, [self._task(seat, due) for seat in asked_next])
            self.tx.run_many(sql.NOTICE, notices)
            self._send_answer(outcome)
        if updated.rowcount != 1:
            raise StaleDocument
        return outcome

    # --- the parts ---------------------------------------------------------------------------

    def _restore(self) -> None:
        number = self.row.in_force_revision
        self.revision = self.row.revision
        digests = self.tx.one(sql.IN_FORCE_DIGESTS, artefact_id=self.row.id, number=number)
        assert digests is not None
        self.digests = (digests[0], digests[1])

    def _answers(self) -> Sequence[dict[str, Any]]:
        if self.row.points == self.row.unanswered:
            return ()
        rows = self.tx.all(sql.ANSWERS_GIVEN, artefact_id=self.row.id)
        return [{"point": point_id, "answer": answer} for point_id, answer in rows]

    def _event(self, said: chain.SealedOpinion | None) -> chain.SealedEvent:
        grant = self.grant
        definition = self.context.machine.definition
        return chain.seal_event(
            {
                "artefact": self.row.id,
                "seq": self.seq,
                "workflow": {"key": definition.key, "version": definition.version},
                "action": self.asked.action,
                "from": self.row.state,
                "to": self.to_state,
                "round": self.round,
                "revision": self.revision,
                "actor": self.context.me,
                "on_behalf_of": None,
                "grant": {"id": grant.id, "role": grant.role, "scope": grant.unit_id} if grant else None,
                "auth": self.auth,
                "content_sha256": self.digests[0],
                "attachments_sha256": self.digests[1],
                "comment_sha256": said.sha256 if said else None,
                "prev": self.row.head_hash,
                "at": self.at,
                "key": self.key,
            }
        )

    def _due(self) -> str:
        return due_stamp(self.state.due, self.at, self.row.starts_on)

    def _send_move(self, event: chain.SealedEvent, due: str) -> Any:
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
            grant_id=grant.id if grant else 0,
            new_state=self.to_state,
            new_revision=self.revision,
            new_in_force_revision=in_force,
            new_round=self.round,
            new_route=",".join(map(str, self.context.department_ids)) if submits else row.route,
            new_leg=self.leg,
            new_submitter_id=self.context.me if submits else row.submitter_id,
            new_last_signer_id=self.context.me if self.action.signs else None,
            new_content_sha256=self.digests[0],
            new_attachments_sha256=self.digests[1],
            new_head_seq=self.seq,
            new_head_hash=event.hash,
            new_state_since=self.at,
            new_due_at=due,
            new_updated_at=self.at,
        )

    def _send_event(self, event: chain.SealedEvent, said: chain.SealedOpinion | None) -> None:
        self.tx.send(
            sql.EVENT,
            artefact_id=self.row.id,
            seq=self.seq,
            at=self.at,
            actor_id=self.context.me,
            action=self.asked.action,
            from_state=self.row.state,
            to_state=self.to_state,
            round=self.round,
            revision=self.revision,
            school_id=self.row.school_id,
            signs=self.action.signs,
            handled=self.action.by == "waited_for",
            body=event.body,
            hash=event.hash,
        )
        if said:
            self.tx.send(sql.SAID, artefact_id=self.row.id, seq=self.seq, salt=said.salt, body=said.body)

    def _send_content(self) -> None:
        if "freeze_revision" in self.effects:
            self.tx.send(
                sql.FREEZE,
                artefact_id=self.row.id,
                number=self.revision,
                content_sha256=self.digests[0],
                attachments_sha256=self.digests[1],
                at=self.at,
                me=self.context.me,
            )
            if self.context.me not in self.context.authors:
                self.tx.send(sql.AUTHOR, artefact_id=self.row.id, person_id=self.context.me, since=self.at)
        if "restore_in_force" in self.effects:
            number = self.row.in_force_revision
            self.tx.send(sql.RESTORE, artefact_id=self.row.id, number=number, me=self.context.me, at=self.at)

    def _send_points(self) -> None:
        if "raise_points" in self.effects:
            self.tx.run_many(
                sql.POINT,
                [
                    {
                        "artefact_id": self.row.id,
                        "round": self.round,
                        "section": point["section"],
                        "text": point["text"],
                        "raised_by": self.context.me,
                        "raised_at": self.at,
                        "answer": "",
                        "state": "open",
                    }
                    for point in self.asked.points
                ],
            )
        if "close_points" in self.effects and self.row.points:
            self.tx.send(sql.CLOSE_POINTS, artefact_id=self.row.id, me=self.context.me, at=self.at)

    def _task(self, seat: Mapping[str, Any], due: str) -> dict[str, Any]:
        return {
            "artefact_id": self.row.id,
            "state": self.to_state,
            "opened_at": self.at,
            "due_at": due,
            **seat,
        }

    def _notices(self, asked_next: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The outbox: who is asked next, who gets a copy, and the author when somebody else acted."""
        found: list[tuple[str, Mapping[str, Any]]] = [("todo", seat) for seat in asked_next]
        found += [("copy", seat) for seat in copies(self.tx, self.context, self.action)]
        asked_people = {seat["person_id"] for seat in asked_next}
        for person in {self.row.author_id, self.row.submitter_id} - {None, self.context.me} - asked_people:
            found.append(("told", {"role": None, "unit_id": None, "person_id": person}))
        return [
            {"artefact_id": self.row.id, "seq": self.seq, "purpose": purpose, "at": self.at, **seat}
            for purpose, seat in found
        ]

    def _send_answer(self, outcome: Outcome) -> None:
        self.tx.send(
            sql.ANSWER,
            person_id=self.context.me,
            key=self.key,
            request_sha256=self.asked.digest(),
            answer=outcome.remembered(),
            at=self.at,
        )
