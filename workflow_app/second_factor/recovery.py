"""Recovery codes: each stands for the second factor once."""

from sqlalchemy import func, select

from workflow_app import canonical, clock
from workflow_app.extensions import db
from workflow_app.people import passwords
from workflow_app.people.registry_log import Act, changing, write
from workflow_app.second_factor.models import RecoveryCode
from workflow_app.store import AnySession

HOW_MANY = 10


def _digest(person_id: int, code: str) -> str:
    plain = code.lower().replace("-", "").replace(" ", "")
    return canonical.sha256(f"{person_id}:{plain}".encode("utf-8", "surrogatepass"))


def renew(session: AnySession, person_id: int) -> list[str]:
    """New codes in the caller's transaction; the old ones are gone."""
    codes = [passwords.generate() for _code in range(HOW_MANY)]
    clear(session, person_id)
    session.add_all(RecoveryCode(person_id=person_id, digest=_digest(person_id, code)) for code in codes)
    return codes


def clear(session: AnySession, person_id: int) -> None:
    """Take all codes of that person away, one by one: the register states each."""
    for row in session.scalars(select(RecoveryCode).where(RecoveryCode.person_id == person_id)):
        session.delete(row)
    session.flush()


def made_anew(person_id: int) -> list[str]:
    """New codes for that person, shown once."""
    with changing() as session:
        codes = renew(session, person_id)
        facts = {"kind": "recovery_codes"}
        write(session, person_id, Act.FACTOR_ADD, f"person:{person_id}", person_id, facts)
        return codes


def use(person_id: int, code: str) -> bool:
    """Use a code up; False when it is none of that person's, or was used before."""
    if len(code) > 40:
        return False
    with changing() as session:
        query = select(RecoveryCode).where(RecoveryCode.digest == _digest(person_id, code)).with_for_update()
        row = session.scalar(query.execution_options(populate_existing=True))
        if row is None or row.used_at:
            return False
        row.used_at = clock.stamp(clock.now())
        write(session, person_id, Act.FACTOR_RECOVER, f"person:{person_id}", person_id, {})
        return True


def left(person_id: int) -> int:
    """How many codes have not been used."""
    query = select(func.count()).where(RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None))
    return db.session.scalar(query) or 0
