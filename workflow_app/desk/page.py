"""What the page of a document shows: gathered by ``document.build``, read by ``templates/desk/show.html``."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from workflow_app.attachments import lists
from workflow_app.drafting import points, precheck
from workflow_app.drafting.points import PointView
from workflow_app.events import in_force
from workflow_app.events.view import EventView
from workflow_app.review.comparing import Comparison
from workflow_app.signoff.context import DocumentContext
from workflow_app.web.language import lang
from workflows.form import FormField, Title

#: Reasons that would tell nobody anything: no revision is in force, or one has been submitted long ago.
_MEANINGLESS = ("not_amending", "submitted_before")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way: done, now, todo, or back (returned from here)."""

    title: Title
    status: str
    who: tuple[str, ...]
    at: str | None = None
    due_at: str | None = None


@dataclass(slots=True)
class Page:
    """A document as one person sees it, and what they may do with it."""

    doc: SimpleNamespace
    context: DocumentContext
    level: str
    steps: list[Step]
    #: who it waits for, and why it is them; {zh, en}, empty when nobody is asked
    waiting: dict[str, str]
    why: dict[str, str]
    fields: list[tuple[FormField, Any]]
    points: list[PointView]
    timeline: list[EventView]
    actions: list[SimpleNamespace]
    edit_refusal: Any
    would_sign: bool
    #: what has changed since this reader last saw the document
    comparison: Comparison | None
    #: remarks, and for whom this reader may write some
    threads: list[SimpleNamespace]
    audiences: Sequence[str]
    #: names of the others near the document
    names: list[str]
    findings: precheck.Findings = ()
    force: tuple[in_force.InForce, ...] = ()
    #: the attachments that go with the content shown, and the digest of their list
    files: Sequence[lists.Item] = ()
    attachments_sha256: str = ""

    @property
    def can_edit(self) -> bool:
        return self.edit_refusal is None

    @property
    def checked(self) -> bool:
        """Whether the pre-check is shown to this reader."""
        return precheck.applies(self.context)

    @property
    def closed(self) -> list[PointView]:
        """The points that are settled."""
        return [point for point in self.points if point.state == "closed"]

    @property
    def open(self) -> list[PointView]:
        """The points that still wait for an answer or its acceptance."""
        return [point for point in self.points if point.state != "closed"]

    @property
    def raised(self) -> Counter[str]:
        """Section -> how many open points."""
        return Counter(point.section for point in self.open)

    @property
    def asked(self) -> dict[str, list[PointView]]:
        """Section -> points still open, and those of this and the last round, beside what has changed."""
        recent = self.doc.round - 1
        return points.by_section(
            [point for point in self.points if point.state != "closed" or point.round >= recent]
        )

    @property
    def may(self) -> list[SimpleNamespace]:
        """The actions this person may do now."""
        return [action for action in self.actions if action.allowed]

    @property
    def barred(self) -> list[SimpleNamespace]:
        """The actions they may not do, each with its reason."""
        return [
            action
            for action in self.actions
            if not action.allowed and not (action.reason and action.reason.code in _MEANINGLESS)
        ]

    @property
    def returnable(self) -> bool:
        return any(action.name == "return" for action in self.may)

    @property
    def locked(self) -> list[SimpleNamespace]:
        """The main actions this person may yet come to do here; the bar shows them with a lock."""
        never = ("own_document", "signed_already")
        return [
            action for action in self.barred if action.style == "primary" and action.reason.code not in never
        ]

    @property
    def main(self) -> list[SimpleNamespace]:
        """The actions with a button of their own on the bar, the quieter ones first."""
        shown = ("primary",) if self.can_edit else ("primary", "danger")  # to discard a draft is no main act
        found = [action for action in self.may if action.style in shown]
        if not found and not self.locked:
            found = self.may[:1]
        return sorted(found, key=lambda action: str(action.style))

    @property
    def others(self) -> list[SimpleNamespace]:
        """The actions behind 更多."""
        main = self.main
        return [action for action in self.may if action not in main]

    @property
    def acting_as(self) -> str:
        """In which role the main actions are done."""
        main = self.main
        return next((str(one.role_label.get(lang(), "")) for one in self.may if one in main), "")

    @property
    def has_remarks(self) -> bool:
        return self.level != "approved" and bool(self.threads or self.audiences)
