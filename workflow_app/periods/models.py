"""School years, terms, holidays."""

from sqlalchemy import Boolean, String
from sqlalchemy.orm import Mapped, mapped_column

from workflow_app.columns import Day, Name
from workflow_app.extensions import db
from workflow_app.people import stated


class Period(db.Model):
    """A school year or a term.

    ``gate`` is ``auto`` (open from the first to the last day), ``open`` or ``closed``: the
    administrator's word stands over the dates.
    """

    __tablename__ = "period"

    key: Mapped[str] = mapped_column(String(20), primary_key=True)
    kind: Mapped[str] = mapped_column(Name)
    name: Mapped[str] = mapped_column(String(80))
    starts_on: Mapped[str] = mapped_column(Day)
    ends_on: Mapped[str] = mapped_column(Day)
    gate: Mapped[str] = mapped_column(String(6), default="auto")


class Holiday(db.Model):
    """A day off, or a weekend day that is worked （调休）."""

    __tablename__ = "holiday"

    day: Mapped[str] = mapped_column(Day, primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    working: Mapped[bool] = mapped_column(Boolean, default=False)


stated.state(Period, "period", ("kind", "name", "starts_on", "ends_on", "gate"), key=("key",))
stated.state(Holiday, "holiday", ("name", "working"), key=("day",))
