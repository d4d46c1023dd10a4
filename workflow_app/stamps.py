"""When something is done: after everything that was written down before, whatever the clock shows.

The newest stamps are read from the two chained logs, so that all processes of an installation know
them; both columns are indexed.
"""

from sqlalchemy import text

from workflow_app.clock import Moment, after
from workflow_app.store import AnySession, Reader, Statement, on

_LAST = Statement(text("SELECT (SELECT max(at) FROM event), (SELECT max(at) FROM registry_event)"))


def last(reader: Reader) -> str | None:
    """The newest stamp of all events and of the register's log; None where there is none yet."""
    return max(filter(None, reader.one(_LAST) or ()), default=None)


def moment(reader: Reader) -> Moment:
    """The moment of an act that is done now."""
    return after(last(reader))


def moment_in(session: AnySession) -> Moment:
    """The same, read in the session's own transaction."""
    return moment(on(session.connection()))
