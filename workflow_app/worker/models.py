"""When each job last ran, and when it is due again."""

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from workflow_app.columns import Name, Stamp
from workflow_app.extensions import db


class JobRun(db.Model):
    """The last run of one job; ``error`` is empty when it went well."""

    __tablename__ = "job_run"

    name: Mapped[str] = mapped_column(Name, primary_key=True)
    started_at: Mapped[str] = mapped_column(Stamp)
    ended_at: Mapped[str] = mapped_column(Stamp)
    due_at: Mapped[str] = mapped_column(Stamp)
    error: Mapped[str] = mapped_column(Text, default="")
