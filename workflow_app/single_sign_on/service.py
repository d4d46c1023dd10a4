"""Who came back from the provider: one of our persons by staff number, or nobody. No account is made."""

from sqlalchemy import select

from workflow_app.extensions import db
from workflow_app.people.models import Person
from workflow_app.people.persons import for_update
from workflow_app.people.registry_log import Act, changing, write


def person_of(staff_number: str) -> Person | None:
    """The person of that staff number, whatever its capitals; never by name."""
    wanted = staff_number.strip().lower()
    if not wanted or len(wanted) > 40 or not wanted.isprintable():
        return None
    return db.session.scalar(select(Person).where(Person.staff_number == wanted))


def needs_no_password(person_id: int) -> Person:
    """Whoever comes with the account of their unit need not choose a password first."""
    with changing() as session:
        person = for_update(session, person_id)
        if person.must_change_password and not person.password_hash:
            person.must_change_password = False
            write(session, person_id, Act.PASSWORD_WAIVE, f"person:{person_id}", person_id, {})
        return person
