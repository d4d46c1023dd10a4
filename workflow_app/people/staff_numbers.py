"""Staff numbers （工号）, by which single sign-on knows people: who may come in as whom.

Giving somebody another number lets another account in as that person. It is logged, told and marked
as a new password from somebody else is.
"""

from flask_babel import gettext as _
from sqlalchemy import select

from workflow_app import inputs
from workflow_app.errors import BadInput
from workflow_app.people.models import Person
from workflow_app.people.persons import changed_by_other, for_update
from workflow_app.people.registry_log import Act, changing, write


def set_staff_number(actor_id: int | None, person_id: int, number: str | None) -> Person:
    """Give that person this number; none ends single sign-on for them.

    Raises:
        NotFound: no such person. BadInput: field ``staff_number``.
    """
    problems: dict[str, str] = {}
    wanted = inputs.code(problems, "staff_number", number, 40, required=False).lower() or None
    if problems:
        raise BadInput(problems)
    with changing() as session:
        person = for_update(session, person_id)
        if wanted == person.staff_number:
            return person
        if wanted and session.scalar(select(Person.id).where(Person.staff_number == wanted)):
            raise BadInput({"staff_number": _("这个工号已有人用了。")})
        had_a_way_in = person.had_password or person.staff_number is not None
        person.staff_number = wanted
        facts = {"person": person.id, "given": wanted is not None}
        entry = write(session, actor_id, Act.STAFF_NUMBER, f"person:{person.id}", person.id, facts)
        if had_a_way_in and actor_id != person.id:
            changed_by_other(person, entry)
        return person
