"""Alterations of who may do what, of what the county has fixed, and of papers that were issued."""

from tests.faults.alterations.kinds import OFF_SITE, PEOPLE, Hands, found_by
from tests.faults.alterations.rewriting import rechain_register
from workflow_app import canonical

_GRANTS = "SELECT id, person_id, role, unit_id FROM grant_ ORDER BY id"
_PAPERS = "SELECT id, pdf FROM issued_paper ORDER BY id"


@found_by("register")
def role_invented(hands: Hands) -> None:
    grant = hands.pick(_GRANTS)
    hands.run(
        "INSERT INTO grant_ (person_id, role, unit_id, starts_on, given_at) SELECT :who, role, unit_id,"
        " starts_on, given_at FROM grant_ WHERE id = :id",
        who=hands.other(grant.person_id, PEOPLE), id=grant.id,
    )  # fmt: skip


@found_by("register")
def role_given_back_after_it_had_ended(hands: Hands) -> None:
    grant = hands.pick("SELECT id FROM grant_ WHERE ended_at IS NOT NULL ORDER BY id")
    hands.run("UPDATE grant_ SET ended_at = NULL, ended_by = NULL WHERE id = :id", id=grant.id)


@found_by("register")
def role_prolonged(hands: Hands) -> None:
    grant = hands.pick("SELECT id FROM grant_ WHERE ends_on IS NOT NULL ORDER BY id")
    hands.run("UPDATE grant_ SET ends_on = '2099-01-01' WHERE id = :id", id=grant.id)


@found_by("register")
def role_made_another(hands: Hands) -> None:
    hands.run("UPDATE grant_ SET role = 'auditor' WHERE id = :id", id=hands.pick(
        "SELECT id FROM grant_ WHERE role <> 'auditor' ORDER BY id").id)  # fmt: skip


@found_by("register")
def role_said_to_have_been_given_by_another(hands: Hands) -> None:
    hands.run("UPDATE grant_ SET given_by = :who WHERE id = :id", who=hands.pick(PEOPLE).id, id=hands.pick(
        "SELECT id FROM grant_ WHERE given_by IS NULL ORDER BY id").id)  # fmt: skip


@found_by("register")
def school_given_another_stage(hands: Hands) -> None:
    school = hands.pick("SELECT id, stage FROM unit WHERE kind = 'school' ORDER BY id")
    stage = "职业" if school.stage != "职业" else "小学"
    hands.run("UPDATE unit SET stage = :stage WHERE id = :id", stage=stage, id=school.id)


@found_by("register")
def school_put_under_another(hands: Hands) -> None:
    school = hands.pick("SELECT id, parent_id FROM unit WHERE kind = 'school' ORDER BY id")
    other = hands.other(school.parent_id, "SELECT id FROM unit WHERE kind = 'training_school' ORDER BY id")
    hands.run("UPDATE unit SET parent_id = :other WHERE id = :id", other=other, id=school.id)


@found_by("register")
def plans_routed_to_another_department(hands: Hands) -> None:
    route = hands.pick("SELECT stage, position, department_id FROM route ORDER BY 1, 2")
    other = hands.other(route.department_id, "SELECT id FROM unit WHERE kind = 'department' ORDER BY id")
    hands.run(
        "UPDATE route SET department_id = :other WHERE stage = :stage AND position = :position",
        other=other, stage=route.stage, position=route.position,
    )  # fmt: skip


@found_by("register")
def disabled_person_let_in_again(hands: Hands) -> None:
    person = hands.pick("SELECT id FROM person WHERE disabled_at IS NOT NULL ORDER BY id")
    hands.run("UPDATE person SET disabled_at = NULL WHERE id = :id", id=person.id)


@found_by("register")
def person_shut_out(hands: Hands) -> None:
    person = hands.pick("SELECT id FROM person WHERE disabled_at IS NULL ORDER BY id")
    hands.run("UPDATE person SET disabled_at = '2026-09-01T00:00:00.000000Z' WHERE id = :id", id=person.id)


@found_by("register")
def password_replaced(hands: Hands) -> None:
    hands.run("UPDATE person SET password_hash = 'mine' WHERE id = :id", id=hands.pick(PEOPLE).id)


@found_by("register")
def ended_sessions_revived(hands: Hands) -> None:
    person = hands.pick("SELECT id FROM person WHERE epoch > 0 ORDER BY id")
    hands.run("UPDATE person SET epoch = epoch - 1 WHERE id = :id", id=person.id)


@found_by("register")
def person_invented(hands: Hands) -> None:
    hands.run(
        "INSERT INTO person (username, name, sort_key, password_hash, epoch, must_change_password,"
        " created_at) SELECT 'nobody', name, sort_key, password_hash, 0, must_change_password, created_at"
        " FROM person WHERE id = :id", id=hands.pick(PEOPLE).id,
    )  # fmt: skip


@found_by("register")
def key_allowed_to_sign(hands: Hands) -> None:
    token = hands.pick("SELECT id FROM token WHERE NOT may_sign ORDER BY id")
    hands.run("UPDATE token SET may_sign = :yes WHERE id = :id", yes=True, id=token.id)


@found_by("register")
def revoked_key_revived(hands: Hands) -> None:
    token = hands.pick("SELECT id FROM token WHERE revoked_at IS NOT NULL ORDER BY id")
    hands.run("UPDATE token SET revoked_at = NULL WHERE id = :id", id=token.id)


@found_by("register")
def key_given_to_another_person(hands: Hands) -> None:
    token = hands.pick("SELECT id, person_id FROM token ORDER BY id")
    hands.run(
        "UPDATE token SET person_id = :who WHERE id = :id",
        who=hands.other(token.person_id, PEOPLE),
        id=token.id,
    )


@found_by("register")
def period_opened(hands: Hands) -> None:
    period = hands.pick("SELECT key FROM period WHERE gate <> 'open' ORDER BY key")
    hands.run("UPDATE period SET gate = 'open' WHERE key = :key", key=period.key)


@found_by("register")
def period_made_longer(hands: Hands) -> None:
    hands.run(
        "UPDATE period SET ends_on = '2099-08-31' WHERE key = :key",
        key=hands.pick("SELECT key FROM period ORDER BY key").key,
    )


@found_by("register")
def holiday_removed(hands: Hands) -> None:
    hands.run(
        "DELETE FROM holiday WHERE day = :day", day=hands.pick("SELECT day FROM holiday ORDER BY day").day
    )


@found_by("register")
def holiday_made_a_working_day(hands: Hands) -> None:
    day = hands.pick("SELECT day FROM holiday WHERE NOT working ORDER BY day").day
    hands.run("UPDATE holiday SET working = :yes WHERE day = :day", yes=True, day=day)


# --- the log itself ------------------------------------------------------------------------------


@found_by("register")
def end_of_the_log_cut_off(hands: Hands) -> None:
    (last,) = hands.rows("SELECT max(seq) FROM registry_event")
    some = hands.chance.randint(0, 3)
    hands.run("DELETE FROM registry_event WHERE seq >= :seq", seq=last[0] - some)


@found_by("register")
def entry_removed_and_the_log_made_anew(hands: Hands) -> None:
    """The row it states stays."""
    entry = hands.pick("SELECT seq FROM registry_event WHERE action = 'grant:give' ORDER BY seq")
    hands.run("DELETE FROM registry_event WHERE seq = :seq", seq=entry.seq)
    rechain_register(hands)


@found_by("register")
def entry_changed(hands: Hands) -> None:
    entry = hands.pick("SELECT seq, body FROM registry_event ORDER BY seq")
    facts = canonical.loads(bytes(entry.body)) | {"at": "2026-09-01T00:00:00.000000Z"}
    hands.run(
        "UPDATE registry_event SET body = :body WHERE seq = :seq", body=canonical.dumps(facts), seq=entry.seq
    )


@found_by("register")
def entry_shown_under_another_person(hands: Hands) -> None:
    entry = hands.pick("SELECT seq FROM registry_event WHERE actor_id IS NULL ORDER BY seq")
    hands.run(
        "UPDATE registry_event SET actor_id = :who WHERE seq = :seq", who=hands.pick(PEOPLE).id, seq=entry.seq
    )


@found_by(OFF_SITE)
def role_invented_with_its_entry(hands: Hands) -> None:
    """A grant that was given another person from the beginning, in the log as in the table."""
    grant = hands.pick(
        "SELECT id, person_id FROM grant_ WHERE role = 'reviewer' AND ended_at IS NULL ORDER BY id"
    )
    other = hands.pick("SELECT id FROM person WHERE username = 'inspector'").id
    (entry,) = hands.rows("SELECT seq, body FROM registry_event WHERE subject = :of", of=f"grant:{grant.id}")
    facts = canonical.loads(bytes(entry.body))
    facts["person"] = facts["facts"]["person"] = other
    facts["rows"][f"grant:{grant.id}"]["person_id"] = other
    hands.run(
        "UPDATE registry_event SET body = :body, person_id = :who WHERE seq = :seq",
        body=canonical.dumps(facts), who=other, seq=entry.seq,
    )  # fmt: skip
    hands.run("UPDATE grant_ SET person_id = :who WHERE id = :id", who=other, id=grant.id)
    rechain_register(hands)


# --- papers --------------------------------------------------------------------------------------


@found_by("papers")
def issued_paper_changed(hands: Hands) -> None:
    paper = hands.pick(_PAPERS)
    hands.run("UPDATE issued_paper SET pdf = :pdf WHERE id = :id", pdf=bytes(paper.pdf) + b" ", id=paper.id)


@found_by("register")
def issued_paper_changed_with_its_digest(hands: Hands) -> None:
    paper = hands.pick(_PAPERS)
    pdf = bytes(paper.pdf) + b" "
    hands.run(
        "UPDATE issued_paper SET pdf = :pdf, sha256 = :digest WHERE id = :id",
        pdf=pdf, digest=canonical.sha256(pdf), id=paper.id,
    )  # fmt: skip


@found_by("register")
def issued_paper_given_another_code(hands: Hands) -> None:
    hands.run("UPDATE issued_paper SET code = 'AAAABBBBCCCCDDDD' WHERE id = :id", id=hands.pick(_PAPERS).id)


@found_by("register")
def issued_paper_removed(hands: Hands) -> None:
    hands.run("DELETE FROM issued_paper WHERE id = :id", id=hands.pick(_PAPERS).id)


@found_by("register")
def issued_paper_said_to_be_of_another_document(hands: Hands) -> None:
    hands.run(
        "UPDATE issued_paper SET artefact_id = :other WHERE id = :id",
        other=hands.pick(
            "SELECT id FROM artefact WHERE id NOT IN (SELECT artefact_id FROM issued_paper) ORDER BY id"
        ).id,
        id=hands.pick(_PAPERS).id,
    )
