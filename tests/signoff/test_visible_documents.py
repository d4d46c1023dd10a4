"""The list of documents shows exactly those that open, whichever way they are found, page by page."""

import pytest

from tests.builders import County, Doc, a_development_plan, a_plan, end_role
from workflow_app.artefacts import queries
from workflow_app.extensions import db
from workflow_app.people.models import Person
from workflow_app.signoff import policy, reading_rights


@pytest.fixture
def documents(here: County) -> list[Doc]:
    """School plans and teachers' own plans at every step, one of them of a principal who is the author."""
    tiny = a_plan(here, by=here.principal3).submitted()
    other = a_plan(here, by=here.coordinator2).submitted().signed(here.principal2).returned(here.lead2)
    four = a_plan(here, by=here.coordinator4).submitted().signed(here.principal4)
    own = a_development_plan(here).submitted()
    colleague = a_development_plan(here, by=here.colleague)
    return [a_plan(here), tiny, other, four, own, colleague]


def listed(person_id: int) -> list[int]:
    """Everything in the list, read two at a time."""
    found: list[int] = []
    cursor = None
    while True:
        db.session.rollback()
        rows, cursor = queries.page(policy.visible_to(person_id), queries.ListFilters(), cursor)
        found += [row.id for row in rows]
        if cursor is None:
            return found


@pytest.mark.parametrize("few", [0, 200])
def test_the_list_is_what_opens(
    here: County, documents: list[Doc], few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_rights, "FEW", few)
    monkeypatch.setattr(queries, "PAGE", 2)
    end_role(here.lead2, "lead")
    everybody = list(db.session.execute(db.select(Person.id, Person.username)))
    seen = set()
    for person, username in everybody:
        found = listed(person)
        opens = {doc.id for doc in documents if policy.may_read(person, doc.id)}
        assert len(found) == len(set(found)), username
        assert set(found) == opens, username
        seen.add(len(opens))
    assert len(seen) > 3  # nobody's list would be a test of nothing
