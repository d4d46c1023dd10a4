"""A county that has lived: one of everything that can be altered."""

from io import BytesIO
from unittest.mock import patch

from tests.builders import (
    YEAR,
    County,
    Doc,
    a_development_plan,
    a_key,
    a_plan,
    county,
    end_role,
    full_content,
)
from workflow_app.attachments import attach
from workflow_app.authentication import tokens
from workflow_app.authentication.models import Token
from workflow_app.drafting.create import create
from workflow_app.extensions import db
from workflow_app.people import service as people
from workflow_app.periods import service as periods
from workflow_app.printing import service as printing
from workflow_app.review import remarks

LAST_YEAR = "2025-2026"


def passing(here: County) -> Doc:
    """A plan of two departments, approved by the first."""
    made = create(here.coordinator4, "school_plan", YEAR, content=full_content(), key=a_key())
    doc = Doc(here, made.artefact_id, {"author": here.coordinator4, "principal": here.principal4})
    doc.submitted().signed()
    doc.act(here.lead, "approve")
    return doc


def documents(here: County) -> dict[str, Doc]:
    """One of everything: approved after two rounds, waiting, in draft, withdrawn and sent again …"""
    here.person("lead4", ("lead", "middle_department"))
    argued = a_plan(here, by=here.coordinator2).submitted().signed(here.principal2)
    argued.act(here.lead4, "approve")
    resubmitted = a_plan(here, by=here.principal3).submitted()
    resubmitted.act(here.principal3, "withdraw")
    plan = a_plan(here)
    attach.attach(here.coordinator, plan.id, BytesIO("附件\n".encode()), "说明.txt")
    plan.submitted().signed().returned().answered().submitted().signed().approved()
    return {
        "plan": plan,
        "waiting": a_development_plan(here).submitted(),
        "draft": a_development_plan(here, by=here.colleague),
        "resubmitted": resubmitted.submitted(),
        "signed": a_development_plan(here, by=here.teacher3).submitted().signed(here.principal3),
        "argued": argued,
        "passing": passing(here),
    }


def everything() -> None:
    """In an empty database: ``documents``, and what the register, papers and remarks add to them."""
    here = county()
    docs = documents(here)
    _register(here)
    periods.set_period(None, LAST_YEAR, "school_year", "2025—2026 学年", "2025-09-01", "2026-08-31", "open")
    old = a_development_plan(here, by=_newcomer(here))
    old.submitted().signed().returned(section="tasks")
    last = create(here.coordinator4, "school_plan", LAST_YEAR, content=full_content(), key=a_key())
    before = Doc(here, last.artefact_id, {"author": here.coordinator4, "principal": here.principal4})
    before.submitted()
    here.unit("school5", "school", "石桥小学", "小学", "the_county")
    here.person("coordinator5", ("coordinator", "school5"))
    here.person("principal5", ("principal", "school5"))
    source = a_plan(here, by=here.coordinator5, year=LAST_YEAR).submitted().signed(here.principal5)
    source.approved()
    people.change_unit(None, here.school3, "柳河中心小学", stage="小学", parent_id=here.school1)
    a_plan(here, by=here.coordinator2, year=LAST_YEAR).act(here.coordinator2, "discard", comment="重复了。")
    create(here.coordinator5, "school_plan", YEAR, source_id=source.id, key=a_key())
    with patch.object(printing, "_made", lambda *given: b"%PDF-1.7 a paper"):  # setting it takes a second
        for doc in (docs["plan"], docs["argued"], source):
            asked = printing.wanted(doc.people["author"], doc.id, None)
            assert asked
            printing.pdf(asked)
    remarks.write(here.principal, docs["waiting"].id, section="goals", body="请再具体些。")
    db.session.rollback()


def _newcomer(here: County) -> int:
    return here.person("newcomer", ("teacher", "school1"))


def _register(here: County) -> None:
    """Roles that ended, at once and by their day; somebody disabled; keys, one of them revoked."""
    leaver = here.person("leaver", ("reviewer", "middle_department"))
    end_role(leaver, "reviewer")
    people.disable(None, leaver)
    assistant = here.person("assistant")
    people.give_role(None, assistant, "reviewer", here.primary_department, "2025-09-01", "2027-08-31")
    for may_sign in (False, True):
        tokens.make(None, here.teacher, may_sign=may_sign, label="key")
    last = db.session.query(Token.id).order_by(Token.id.desc()).limit(1).scalar()
    tokens.revoke(None, last)
