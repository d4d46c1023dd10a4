"""A county whose rows were put back is as good as one the services have just made."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests import seeds
from tests.builders import PASSWORD, a_plan, county
from tests.people.world import chain, chain_breaks
from workflow_app.extensions import db
from workflow_app.people import passwords
from workflow_app.people import service as people
from workflow_app.people.models import Person


@pytest.mark.parametrize("time", ["first", "again"])
def test_the_county_is_whole_and_goes_on(office: Flask, time: str) -> None:
    here = county()
    assert here.people == {person.username: person.id for person in db.session.scalars(select(Person))}
    assert chain_breaks() == []
    assert passwords.verify(db.session.get_one(Person, here.lead).password_hash, PASSWORD)

    last, logged = db.session.scalar(select(func.max(Person.id))), len(chain())
    person = people.create_person(None, "newcomer", "新来的人")
    assert person.id == last + 1
    assert len(chain()) == logged + 1
    assert a_plan(here).submitted().signed().approved().state == "approved"


def test_where_somebody_is_already_the_services_make_it(office: Flask) -> None:
    somebody = people.create_person(None, "somebody", "已在的人").id
    here = county()
    assert somebody not in here.people.values()
    assert db.session.get_one(Person, somebody).username == "somebody"
    assert chain_breaks() == []


def test_a_county_changed_by_one_test_is_not_the_next_one_s(office: Flask) -> None:
    here = county()
    people.disable(None, here.lead)
    here.people.clear()
    kept, made = next(value for (make, _kind), value in seeds._kept.items() if make.__name__ == "_county")
    assert "lead" in made.people
    assert not any(row["disabled_at"] for table, rows in kept if table.name == "person" for row in rows)
