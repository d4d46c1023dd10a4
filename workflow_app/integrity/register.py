"""The register's log: whole, and every row that says who may do what as it states."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast

from sqlalchemy import select

from workflow_app import canonical
from workflow_app.extensions import db
from workflow_app.integrity.violations import Violation
from workflow_app.people import registry_log, stated
from workflow_app.people.models import RegistryEvent
from workflow_app.store import AnySession

#: Documents as they were found at an upgrade stand in the log too; their events go on from there.
_DOCUMENT = "document"
#: The entry that a row of a kind begins with.
_FIRST = {
    "person": registry_log.Act.PERSON_CREATE,
    "grant": registry_log.Act.GRANT_GIVE,
    "unit": registry_log.Act.UNIT_CREATE,
    "token": registry_log.Act.TOKEN_MAKE,
    "paper": registry_log.Act.PAPER_ISSUE,
}


class FoldedRegister(NamedTuple):
    """What the log comes to: the rows it states, and what is wrong with the log itself."""

    rows: stated.Rows
    broken: list[Violation]

    def documents(self) -> dict[int, Mapping[str, Any]]:
        """What is stated of documents, by id."""
        return {
            int(key.partition(":")[2]): facts
            for key, facts in self.rows.items()
            if facts and key.startswith(f"{_DOCUMENT}:")
        }


def fold() -> FoldedRegister:
    """Go through the whole log."""
    rows: stated.Rows = {}
    broken: list[Violation] = []

    def walked() -> Iterator[tuple[int, bytes, str]]:
        before: dict[str, Any] = {}
        for event in _events():
            body = bytes(event.body)
            facts = canonical.facts(body)
            broken.extend(Violation(f"第 {event.seq} 条：{why}") for why in _wrong(event, facts, before))
            if isinstance(said := facts.get("rows"), dict):
                new = [key for key in said if key not in rows and not _may_begin(key, event.action)]
                broken.extend(Violation(f"第 {event.seq} 条：{key} 在此之前没有登记过") for key in new)
                stated.fold(rows, said)
            before = facts
            yield event.seq, body, event.hash

    broken += [Violation(f"第 {seq} 条：{why}") for seq, why in registry_log.breaks(walked())]
    return FoldedRegister(rows, broken)


def _may_begin(key: str, action: str) -> bool:
    """Whether a row may be stated for the first time by an entry of that action."""
    first = _FIRST.get(key.partition(":")[0])
    return first is None or action in (first, registry_log.Act.REGISTER_SNAPSHOT)


def _wrong(event: Any, facts: Mapping[str, Any], before: Mapping[str, Any]) -> Iterator[str]:
    """The columns serve look-up only; and the present is stated as found at an upgrade, never later."""
    said = {
        "at": event.at, "action": event.action, "subject": event.subject,
        "actor": None if event.actor_id is None else {"id": event.actor_id},
    }  # fmt: skip
    if facts.get("v") != 1:
        said["person"] = event.person_id
    wrong = [name for name, value in said.items() if facts.get(name) != value]
    if wrong:
        yield f"查询用的列与正文不符（{'、'.join(wrong)}）"
    snapshot = registry_log.Act.REGISTER_SNAPSHOT
    after_upgrade = before.get("v") == registry_log.VERSION and before.get("action") != snapshot
    if event.action == snapshot and after_upgrade:
        yield "升级之后不应再有“记下现状”"


def _events() -> Any:
    columns = (
        RegistryEvent.seq, RegistryEvent.at, RegistryEvent.actor_id, RegistryEvent.action,
        RegistryEvent.subject, RegistryEvent.person_id, RegistryEvent.body, RegistryEvent.hash,
    )  # fmt: skip
    return db.session.execute(select(*columns).order_by(RegistryEvent.seq).execution_options(yield_per=1000))


def differences(register: FoldedRegister) -> Iterator[Violation]:
    """Every row of every stated table against what the log states, in both directions."""
    for table in stated.TABLES.values():
        prefix = f"{table.kind}:"
        left = {key for key in register.rows if key.startswith(prefix)}
        for key, facts in table.rows(cast(AnySession, db.session)):
            said = register.rows.get(key)
            left.discard(key)
            if said is None:
                yield Violation(f"{key} 没有登记过")
            elif wrong := [name for name, value in facts.items() if name in said and said[name] != value]:
                yield Violation(f"{key} 与登记的不符（{'、'.join(sorted(wrong))}）")
        yield from (Violation(f"{key} 登记过，库里却没有") for key in sorted(left))
