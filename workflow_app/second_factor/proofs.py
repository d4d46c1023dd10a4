"""A proof given on another page than the signature it is for: kept in the session, taken once."""

from datetime import timedelta

from flask import session

from workflow_app import clock

VALID_FOR = timedelta(minutes=5)


def keep(method: str) -> None:
    session["proved"] = [method, clock.stamp(clock.now())]


def there() -> str:
    """The method of a proof that still counts, or ""."""
    kept = session.get("proved")
    if not isinstance(kept, list) or clock.parse(kept[1]) + VALID_FOR <= clock.now():
        return ""
    return str(kept[0])


def take() -> str:
    """The same; it is gone afterwards."""
    method = there()
    session.pop("proved", None)
    return method
