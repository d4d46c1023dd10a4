"""Old revisions, as they were submitted."""

from flask import abort, render_template
from flask_login import current_user, login_required
from sqlalchemy import select

from workflow_app.artefacts import content as contents
from workflow_app.artefacts.models import Revision
from workflow_app.attachments import lists
from workflow_app.desk.views.blueprint import bp, title_of
from workflow_app.events import view
from workflow_app.extensions import db
from workflow_app.people.models import Person
from workflow_app.signoff import policy


@bp.get("/artefacts/<int:artefact_id>/revisions/<int:number>")
@login_required
def revision(artefact_id: int, number: int) -> str:
    """One frozen revision with its signatures. Errors: 404 where the user may not open that revision."""
    context = policy.readable(current_user.id, artefact_id)
    content = contents.revision(artefact_id, number) if context.opens(number) else None
    if content is None:
        abort(404)
    frozen_at, frozen_by, frozen_list = db.session.execute(
        select(Revision.frozen_at, Person.name, Revision.attachments_sha256)
        .join(Person, Person.id == Revision.frozen_by)
        .where(Revision.artefact_id == artefact_id, Revision.number == number)
    ).one()
    signatures = [
        entry
        for entry in view.of_document(artefact_id, context.level)
        if entry.signs and entry.revision == number
    ]
    return render_template(
        "desk/revision.html",
        artefact_id=artefact_id,
        title=title_of(artefact_id),
        number=number,
        in_force=number == context.row.in_force_revision,
        fields=[(field, content.content.get(field.key)) for field in context.machine.definition.form],
        sha256=content.sha256,
        frozen_at=frozen_at,
        frozen_by=frozen_by,
        signatures=signatures,
        files=lists.items(artefact_id, frozen_list),
        attachments_sha256=frozen_list,
    )
