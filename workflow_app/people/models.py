"""Units, persons, grants, and the log of every change to them."""

from sqlalchemy import Boolean, ForeignKey, Index, Integer, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflow_app.columns import Day, Digest, Id, Name, Stamp
from workflow_app.extensions import db
from workflow_app.people import stated

UNIT_KINDS = ("county", "bureau", "training_school", "department", "school")
STAGES = ("小学", "初中", "高中", "九年一贯", "幼儿园", "职业", "民族学校")


class Unit(db.Model):
    """A place in the county: the county itself, the bureau, the training school, a department, a school.

    ``parent_id`` is the 中心校 for a school, the training school for a department.
    """

    __tablename__ = "unit"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(Name)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    stage: Mapped[str | None] = mapped_column(String(10))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    sort_key: Mapped[str] = mapped_column(String(400), index=True)

    parent: Mapped["Unit | None"] = relationship(remote_side="Unit.id")


class Person(db.Model):
    """Somebody who logs in. ``epoch`` ends every session made before it was raised.

    ``staff_number``: 工号, by which single sign-on knows the person, in small letters.
    ``password_hash``: "" while there is no password; ``had_password``: whether there ever was one.
    ``must_change_password``: nothing else may be done before the person has set their own.
    ``reset_at``: when somebody else last changed how this person gets in; what the person signs
    before ``reset_marked_until`` says so. ``told_from``: the first entry of the register that the
    person must still be shown.
    """

    __tablename__ = "person"
    # SQLite adds no column with a constraint to a table that is there; an index it does.
    __table_args__ = (Index("uq_person_staff_number", "staff_number", unique=True),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    username: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(40), index=True)
    sort_key: Mapped[str] = mapped_column(String(200), index=True)
    staff_number: Mapped[str | None] = mapped_column(String(40))
    phone: Mapped[str | None] = mapped_column(String(20))
    password_hash: Mapped[str] = mapped_column(String(200))
    epoch: Mapped[int] = mapped_column(Integer, default=0)
    must_change_password: Mapped[bool] = mapped_column(Boolean, default=False)
    #: When the present password was set; none: with the person.
    password_set_at: Mapped[str | None] = mapped_column(Stamp)
    had_password: Mapped[bool] = mapped_column(Boolean, default=False)
    reset_at: Mapped[str | None] = mapped_column(Stamp)
    reset_marked_until: Mapped[str | None] = mapped_column(Stamp)
    told_from: Mapped[int | None] = mapped_column(Id)
    disabled_at: Mapped[str | None] = mapped_column(Stamp)
    created_at: Mapped[str] = mapped_column(Stamp)


class Grant(db.Model):
    """A role at a unit, from one day to another. Never deleted: ended, by whom and when.

    It is valid on the days ``starts_on`` ≤ day ≤ ``ends_on`` (no ``ends_on``: until ended), and no
    longer from the moment ``ended_at`` on.
    """

    __tablename__ = "grant_"
    __table_args__ = (
        Index("ix_grant_person", "person_id"),
        Index("ix_grant_seat", "unit_id", "role"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(Name)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    starts_on: Mapped[str] = mapped_column(Day)
    ends_on: Mapped[str | None] = mapped_column(Day)
    given_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    given_at: Mapped[str] = mapped_column(Stamp)
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[str | None] = mapped_column(Stamp)

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    unit: Mapped[Unit] = relationship()


class FormerName(db.Model):
    """A name that a person or a unit bore until ``until``; the one they bear now stands on themselves.

    Acts are shown under the name of their time. No name enters a hashed text: rows may be erased.
    """

    __tablename__ = "former_name"
    __table_args__ = (
        Index("ix_former_name_person", "person_id", "until"),
        Index("ix_former_name_unit", "unit_id", "until"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    name: Mapped[str] = mapped_column(String(80))
    until: Mapped[str] = mapped_column(Stamp)


class Route(db.Model):
    """Which departments argue the plans of a stage, in which order."""

    __tablename__ = "route"

    stage: Mapped[str] = mapped_column(String(10), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))

    department: Mapped[Unit] = relationship()


class RegistryEvent(db.Model):
    """One change to people, units, roles or periods: append-only, chained by hash.

    ``body`` holds the exact canonical bytes, ``hash`` their SHA-256; the body names the hash before.
    """

    __tablename__ = "registry_event"
    __table_args__ = (
        Index("ix_registry_subject", "subject", "seq"),
        Index(
            "ix_registry_person",
            "person_id",
            "seq",
            sqlite_where=text("person_id IS NOT NULL"),
            postgresql_where=text("person_id IS NOT NULL"),
        ),
    )

    seq: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    at: Mapped[str] = mapped_column(Stamp, index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    action: Mapped[str] = mapped_column(Name)
    subject: Mapped[str] = mapped_column(String(60))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[str] = mapped_column(Digest)


# Names are not stated: they may be corrected and erased, and what is hashed can be neither.
stated.state(Unit, "unit", ("kind", "stage", "parent_id"))
stated.state(
    Person,
    "person",
    ("epoch", "must_change_password", "disabled_at"),
    digested=("password_hash", "staff_number"),
)
stated.state(
    Grant,
    "grant",
    ("person_id", "role", "unit_id", "starts_on", "ends_on", "given_by", "given_at", "ended_by", "ended_at"),
)
stated.state(Route, "route", ("department_id",), key=("stage", "position"))
