"""Points of returns: raised, answered, closed and opened again as the events say."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from workflow_app import canonical
from workflow_app.integrity.document import DocumentReplay
from workflow_app.integrity.violations import Beside, Found, ReadEvent
from workflow_app.signoff.models import Point

CHECK = "points"
_COLUMNS = (
    "id", "round", "section", "text", "raised_by", "raised_at", "raised_in", "answer", "state",
    "closed_by", "closed_at",
)  # fmt: skip


@dataclass
class _Fold:
    """A point as the events have made it. ``answer`` None: what it must be is not known."""

    row: Any
    answer: str | None = ""
    closed: tuple[int, str] | None = None


class PointsCheck:
    """The points of one document after the other."""

    def __init__(self) -> None:
        columns = [getattr(Point, name) for name in _COLUMNS]
        self.points = Beside(select(Point.artefact_id, *columns).order_by(Point.artefact_id, Point.id))

    def of(self, replay: DocumentReplay, events: list[ReadEvent]) -> Found:
        """What of its points is not as the events say."""
        waiting = self.points.of(replay.document.id)
        folds: dict[int, _Fold] = {}
        for one in events:
            row = one.row
            action = replay.machine.definition.actions.get(row.action)
            effects = action.effects if action else ()
            # Erased words leave nothing to compare with.
            erased = row.salt is not None and row.said is None
            said = canonical.facts(bytes(row.said or b""))
            if "raise_points" in effects:
                raised = [point for point in waiting if point.raised_at == row.at]
                waiting = [point for point in waiting if point.raised_at != row.at]
                folds |= {point.id: _Fold(point) for point in raised}
                if not erased and _as_rows(raised) != _as_raised(row, said):
                    yield CHECK, "提出的修改意见与事件不符", row.seq
            if "freeze_revision" in effects:
                _answer(folds, said, erased)
            if "close_points" in effects:
                for fold in folds.values():
                    fold.closed = fold.closed or (row.actor_id, row.at)
            if row.action in ("close_point", "reopen_point"):
                _settle(folds, row, said, replay.is_editable(row.to_state))
        if waiting:
            yield CHECK, "没有事件提出过的修改意见", None
        for fold in folds.values():
            if why := _wrong(fold, replay.editable):
                yield CHECK, why, None


def _as_rows(points: list[Any]) -> list[tuple[Any, ...]]:
    return [(one.section, one.text, one.raised_by, one.round, one.raised_in) for one in points]


def _as_raised(row: Any, said: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (point.get("section"), point.get("text"), row.actor_id, row.event_round, row.from_state)
        for point in said.get("points", [])
    ]


def _answer(folds: dict[int, _Fold], said: dict[str, Any], erased: bool) -> None:
    """A submission fixes the answers to all points that are not closed."""
    given = {one.get("point"): one.get("answer") for one in said.get("answers", [])}
    for number, fold in folds.items():
        if fold.closed is None:
            fold.answer = None if erased else given.get(number, "")


def _settle(folds: dict[int, _Fold], row: Any, said: dict[str, Any], editable: bool) -> None:
    for one in said.get("answers", []):
        fold = folds.get(one.get("point"))
        if fold is not None:
            fold.closed = (row.actor_id, row.at) if one.get("closed") else None
            if editable:
                fold.answer = None  # what had been typed by then is in no event


def _wrong(fold: _Fold, editable: bool) -> str:
    row = fold.row
    closed = (row.closed_by, row.closed_at) if row.state == "closed" else None
    if closed != fold.closed:
        return f"意见 {row.id} 是否关闭、由谁关闭与事件不符"
    if fold.closed is None and row.state != ("answered" if row.answer else "open"):
        return f"意见 {row.id} 的状态与答复不符"
    settled = fold.answer is not None and (fold.closed is not None or not editable)
    return f"意见 {row.id} 的答复不是提交时的答复" if settled and row.answer != fold.answer else ""
