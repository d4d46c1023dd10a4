"""What nothing shows: the manual names each of these (tests hold that it is still so)."""

from tests.faults.alterations.kinds import Hands
from workflow_app import canonical


def name_of_a_person_changed(hands: Hands) -> None:
    hands.run("UPDATE person SET name = '另一个人' WHERE username = 'lead'")


def remark_reworded(hands: Hands) -> None:
    hands.run("UPDATE remark SET body = '写得好。'")


def draft_changed_with_its_digest(hands: Hands) -> None:
    row = hands.pick("SELECT id FROM artefact WHERE state = 'draft' ORDER BY id")
    body = canonical.dumps({"goals": "别人的目标"})
    hands.run("UPDATE draft SET content = :body WHERE artefact_id = :id", body=body, id=row.id)
    hands.run(
        "UPDATE artefact SET content_sha256 = :new WHERE id = :id", new=canonical.sha256(body), id=row.id
    )


def taken_over_section_said_to_be_confirmed(hands: Hands) -> None:
    hands.run("UPDATE carried SET confirmed_by = 1, confirmed_at = '2026-09-01T00:00:00.000000Z'")


UNSEEN = (
    name_of_a_person_changed,
    remark_reworded,
    draft_changed_with_its_digest,
    taken_over_section_said_to_be_confirmed,
)
