"""The person of a request: what pages must know of whoever is logged in, read by one statement."""

from dataclasses import dataclass, field, fields

from flask_login import UserMixin

from workflow_app.people.models import Person


@dataclass(frozen=True, slots=True, eq=False)
class Account(UserMixin):  # type: ignore[misc]
    """``current_user``: columns of ``Person`` as they were when the request began.

    No object of the ORM: what a transaction changes meanwhile makes nobody read it again.
    """

    id: int
    epoch: int
    username: str
    name: str
    phone: str | None
    password_hash: str = field(repr=False)
    must_change_password: bool
    password_set_at: str | None
    told_from: int | None
    created_at: str

    @classmethod
    def of(cls, person: Person) -> "Account":
        return cls(*(getattr(person, name) for name in FIELDS))

    def get_id(self) -> str:
        return f"{self.id}:{self.epoch}"


FIELDS = tuple(one.name for one in fields(Account))
