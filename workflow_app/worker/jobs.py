"""The list of jobs. A further one is a line here; its package must stand below this one."""

from collections.abc import Callable
from dataclasses import dataclass

from workflow_app.backup import nightly
from workflow_app.sealing import mailing, sealer
from workflow_app.signoff import assignment


@dataclass(frozen=True, slots=True)
class Job:
    """``run`` is called in an application context every ``seconds``, never twice at once.

    An error is logged and the job tried again soon; it must leave nothing half done.
    """

    name: str
    seconds: int
    run: Callable[[], object]


JOBS = (
    # Pages do this as well when they are first opened on a day; the worker spares them the wait.
    Job("assignment", 600, assignment.up_to_date),
    # A checkpoint at least once a minute while there is news; with SEAL_MAIL_TO one mail a day.
    Job("seal", 30, sealer.seal_regularly),
    Job("seal_mail", 86_400, mailing.mail_newest),
    # Makes one when it is night and there is none yet; nothing without BACKUP_DIR.
    Job("backup", 900, nightly.run),
)
