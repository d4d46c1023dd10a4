"""School years, terms and holidays come from the tables."""

from datetime import date

import pytest
from flask import Flask

from tests.people.world import chain_breaks
from workflow_app.errors import BadInput
from workflow_app.periods import service
from workflow_app.store import writing


@pytest.fixture
def calendar(office: Flask) -> Flask:
    with writing() as session:
        assert service.seed_defaults(session)
    return office


def test_defaults_are_entered_once(calendar: Flask) -> None:
    service.set_period(None, "2026-2027", "school_year", "本学年", "2026-09-01", "2027-07-31", "closed")
    service.remove_holiday(None, "2026-10-07")
    with writing() as session:
        assert not service.seed_defaults(session)
    assert [item.key for item in service.periods("school_year")] == ["2026-2027", "2025-2026"]
    kept = service.period("2026-2027")
    assert kept is not None
    assert (kept.name, kept.gate) == ("本学年", "closed")
    assert date(2026, 10, 7) not in service.holidays()[0]
    assert chain_breaks() == []


def test_the_year_comes_from_the_table(calendar: Flask) -> None:
    def key(day: date, kind: str = "school_year") -> str | None:
        found = service.current(kind, day)
        return found.key if found else None

    assert key(date(2026, 8, 31)) == "2025-2026"
    assert key(date(2026, 9, 1)) == "2026-2027"
    assert key(date(2030, 1, 1)) == "2026-2027"
    assert key(date(2020, 1, 1)) == "2025-2026"
    assert key(date(2027, 3, 1), "term") == "2026-2027-2"
    service.set_period(None, "2025-2026", "school_year", "去年", "2025-09-01", "2026-08-19", "auto")
    service.set_period(None, "2026-2027", "school_year", "八月开学", "2026-08-20", "2027-08-31", "auto")
    assert key(date(2026, 8, 25)) == "2026-2027"


def test_no_period_at_all(office: Flask) -> None:
    assert service.current() is None
    assert service.period("2026-2027") is None


def test_the_administrators_word_stands_over_the_dates(calendar: Flask) -> None:
    year = service.period("2026-2027")
    assert year is not None
    assert service.is_open(year, date(2026, 9, 1))
    assert service.is_open(year, date(2027, 8, 31))
    assert not service.is_open(year, date(2027, 9, 1))
    assert service.is_over(year, date(2027, 9, 1))
    assert not service.is_over(year, date(2027, 8, 31))
    for gate, opened in (("open", True), ("closed", False)):
        year = service.set_period(
            None, "2026-2027", "school_year", "本学年", "2026-09-01", "2027-08-31", gate
        )
        assert service.is_open(year, date(2026, 10, 1)) is opened
        assert service.is_open(year, date(2030, 1, 1)) is opened


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("key", {"key": ""}),
        ("key", {"key": "学年"}),
        ("key", {"key": "x" * 21}),
        ("kind", {"kind": "week"}),
        ("kind", {"key": "2025-2026", "kind": "term", "starts_on": "2029-01-01", "ends_on": "2029-02-01"}),
        ("name", {"name": "年" * 81}),
        ("starts_on", {"starts_on": "1.9.2027"}),
        ("starts_on", {"starts_on": "2027-08-01"}),
        ("ends_on", {"ends_on": "2027-08-31"}),
        ("gate", {"gate": "ajar"}),
    ],
)
def test_bad_periods(calendar: Flask, field: str, given: dict[str, str]) -> None:
    wanted = {
        "key": "2027-2028", "kind": "school_year", "name": "下一学年",
        "starts_on": "2027-09-01", "ends_on": "2028-08-31", "gate": "auto",
    } | given  # fmt: skip
    with pytest.raises(BadInput) as refused:
        service.set_period(None, **wanted)
    assert set(refused.value.problems) == {field}


def test_holidays_and_worked_weekends(calendar: Flask) -> None:
    off, worked = service.holidays()
    assert date(2026, 10, 1) in off
    assert date(2026, 2, 14) in worked
    assert not off & worked
    assert all(day.weekday() >= 5 for day in worked)
    assert service.announced(2026)
    assert not service.announced(2027)
    service.set_holiday(None, "2027-01-01", "元旦")
    assert date(2027, 1, 1) in service.holidays()[0]
    with pytest.raises(BadInput):
        service.set_holiday(None, "2027-01-04", "元旦", working=True)
    assert service.remove_holiday(None, "2027-01-01")
    assert not service.remove_holiday(None, "2027-01-01")
    assert not service.announced(2027)
