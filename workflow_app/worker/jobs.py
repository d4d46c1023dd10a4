"""The list of jobs. A further one is a line here; its package must stand below this one."""

from collections.abc import Callable
from dataclasses import dataclass

from workflow_app.backup import nightly
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
    # Makes one when it is night and there is none yet; nothing without BACKUP_DIR.
    Job("backup", 900, nightly.run),
)
