"""Alterations of documents, of what was submitted, and of files."""

from tests.faults.alterations.kinds import DOCUMENTS, IN_FORCE, PEOPLE, Hands, found_by
from workflow_app import canonical


@found_by("state")
def title_changed(hands: Hands) -> None:
    document = hands.pick(IN_FORCE).id
    hands.run("UPDATE artefact SET title = title || '（修订）' WHERE id = :id", id=document)


@found_by("state")
def title_changed_with_its_salt(hands: Hands) -> None:
    document, salt = hands.pick(IN_FORCE).id, f"{hands.chance.getrandbits(256):064x}"
    hands.run(
        "UPDATE artefact SET title = '另一个标题', title_salt = :salt WHERE id = :id", salt=salt, id=document
    )


@found_by("state")
def period_changed(hands: Hands) -> None:
    document = hands.pick(DOCUMENTS).id
    hands.run("UPDATE artefact SET period_key = '2026-2027-2' WHERE id = :id", id=document)


@found_by("state")
def given_to_another_teacher(hands: Hands) -> None:
    row = hands.pick("SELECT id, teacher_id FROM artefact WHERE teacher_id IS NOT NULL ORDER BY id")
    held = "SELECT teacher_id FROM artefact WHERE teacher_id IS NOT NULL"
    other = hands.other(row.teacher_id, f"SELECT id FROM person WHERE id NOT IN ({held}) ORDER BY id")
    hands.run(
        "UPDATE artefact SET teacher_id = :other, subject = 'person:' || CAST(:other AS TEXT) WHERE id = :id",
        other=other, id=row.id,
    )  # fmt: skip


@found_by("state")
def moved_to_another_school(hands: Hands) -> None:
    row = hands.pick("SELECT id, school_id FROM artefact ORDER BY id")
    school = hands.other(row.school_id, "SELECT id FROM unit WHERE kind = 'school' ORDER BY id")
    hands.run("UPDATE artefact SET school_id = :school WHERE id = :id", school=school, id=row.id)


@found_by("state")
def state_changed(hands: Hands) -> None:
    row = hands.pick("SELECT id, state FROM artefact ORDER BY id")
    state = hands.chance.choice(sorted({"draft", "approved", "archived", "returned"} - {row.state}))
    hands.run("UPDATE artefact SET state = :state WHERE id = :id", state=state, id=row.id)


@found_by("state")
def another_revision_in_force(hands: Hands) -> None:
    document = hands.pick("SELECT id FROM artefact WHERE revision > 0 ORDER BY id").id
    hands.run(
        "UPDATE artefact SET in_force_revision = COALESCE(in_force_revision, 0) + 1 WHERE id = :id",
        id=document,
    )


@found_by("state")
def deadline_moved(hands: Hands) -> None:
    document = hands.pick(DOCUMENTS).id
    late = "2027-06-30T15:59:59.000000Z"
    hands.run("UPDATE artefact SET due_at = :late WHERE id = :id", late=late, id=document)
    hands.run("UPDATE task SET due_at = :late WHERE artefact_id = :id", late=late, id=document)


@found_by("state")
def route_changed(hands: Hands) -> None:
    document = hands.pick("SELECT id FROM artefact WHERE route <> '' ORDER BY id").id
    hands.run("UPDATE artefact SET route = route || ',' || route WHERE id = :id", id=document)


@found_by("state")
def begun_by_another(hands: Hands) -> None:
    row = hands.pick("SELECT id, author_id FROM artefact ORDER BY id")
    hands.run(
        "UPDATE artefact SET author_id = :who WHERE id = :id",
        who=hands.other(row.author_id, PEOPLE),
        id=row.id,
    )


REVISIONS = "SELECT artefact_id, number, content, frozen_by FROM revision ORDER BY artefact_id, number"


@found_by("content")
def submitted_content_changed(hands: Hands) -> None:
    row = hands.pick(REVISIONS)
    hands.run(
        "UPDATE revision SET content = :body WHERE artefact_id = :id AND number = :number",
        body=bytes(row.content)[:-1] + b',"x":"1"}', id=row.artefact_id, number=row.number,
    )  # fmt: skip


@found_by("content")
def submitted_content_changed_with_its_digest(hands: Hands) -> None:
    row = hands.pick(REVISIONS)
    body = bytes(row.content)[:-1] + b',"x":"1"}'
    hands.run(
        "UPDATE revision SET content = :body, content_sha256 = :digest"
        " WHERE artefact_id = :id AND number = :number",
        body=body, digest=canonical.sha256(body), id=row.artefact_id, number=row.number,
    )  # fmt: skip


@found_by("content")
def revision_removed(hands: Hands) -> None:
    row = hands.pick(REVISIONS)
    hands.run(
        "DELETE FROM revision WHERE artefact_id = :id AND number = :number",
        id=row.artefact_id,
        number=row.number,
    )


@found_by("content")
def submitted_by_another(hands: Hands) -> None:
    row = hands.pick(REVISIONS)
    hands.run(
        "UPDATE revision SET frozen_by = :who WHERE artefact_id = :id AND number = :number",
        who=hands.other(row.frozen_by, PEOPLE), id=row.artefact_id, number=row.number,
    )  # fmt: skip


@found_by("content")
def draft_changed(hands: Hands) -> None:
    document = hands.pick(DOCUMENTS).id
    hands.run("UPDATE draft SET content = :body WHERE artefact_id = :id", body=b'{"goals":"x"}', id=document)


@found_by("definitions")
def workflow_changed(hands: Hands) -> None:
    row = hands.pick("SELECT id FROM definition ORDER BY id")
    hands.run("UPDATE definition SET body = replace(body, '校本', '校外') || ' ' WHERE id = :id", id=row.id)
    hands.run("UPDATE definition SET body = replace(body, '个人', '各人') WHERE id = :id", id=row.id)


@found_by("attachments")
def attachment_list_changed(hands: Hands) -> None:
    row = hands.pick("SELECT artefact_id, sha256 FROM attachment_list ORDER BY artefact_id, sha256")
    hands.run("UPDATE attachment_list SET body = :body WHERE sha256 = :one", body=b"[]", one=row.sha256)


@found_by("attachments")
def attachment_list_removed(hands: Hands) -> None:
    row = hands.pick("SELECT artefact_id, sha256 FROM attachment_list ORDER BY artefact_id, sha256")
    hands.run("DELETE FROM attachment_list WHERE sha256 = :one", one=row.sha256)


ATTACHMENTS = "SELECT id, sha256 FROM attachment ORDER BY id"


@found_by("attachments")
def attachment_renamed(hands: Hands) -> None:
    hands.run("UPDATE attachment SET name = 'x-' || name WHERE id = :id", id=hands.pick(ATTACHMENTS).id)


@found_by("attachments")
def attachment_called_another_kind(hands: Hands) -> None:
    hands.run("UPDATE attachment SET kind = 'pdf' WHERE id = :id", id=hands.pick(ATTACHMENTS).id)


@found_by("attachments")
def attachment_given_another_size(hands: Hands) -> None:
    hands.run(
        "UPDATE stored_file SET size = size + 1 WHERE sha256 = :one", one=hands.pick(ATTACHMENTS).sha256
    )
