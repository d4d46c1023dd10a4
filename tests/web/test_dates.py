"""Dates as people read them, in both languages; Babel is asked for comparison."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from babel.dates import format_date
from flask import Flask

from workflow_app import clock
from workflow_app.demo.loader import clock_at
from workflow_app.web import dates
from workflow_app.web.language import lang

#: 17:30 on 20 November in the county.
NOW = clock.parse("2026-11-20T09:30:00.000000Z")


@contextmanager
def read_in(app: Flask, language: str) -> Iterator[None]:
    with app.test_request_context("/", headers={"Cookie": f"lang={language}"}), clock_at(NOW):
        assert lang() == language
        yield


@pytest.mark.parametrize(
    ("language", "locale", "in_full", "short"),
    [("zh", "zh_CN", "y年M月d日", "M月d日"), ("en", "en_GB", "d MMM y", "d MMM")],
)
def test_days_are_written_as_babel_writes_them(
    plain_app: Flask, language: str, locale: str, in_full: str, short: str
) -> None:
    with read_in(plain_app, language):
        for number in range(-500, 500, 3):
            day = date(2026, 11, 20) + timedelta(days=number)
            stamp = clock.day_start(day)
            written = format_date(day, in_full, locale=locale)
            assert dates.day(day.isoformat()) == written
            assert dates.moment(stamp) == f"{written} 00:00"
            if abs(number) > 1:
                near = day.year == 2026
                assert dates.when(stamp) == (format_date(day, short, locale=locale) if near else written)


@pytest.mark.parametrize(
    ("language", "stamp", "shown"),
    [
        ("zh", "2026-11-20T01:12:00.000000Z", "今天 09:12"),
        ("zh", "2026-11-19T16:00:00.000000Z", "今天 00:00"),
        ("zh", "2026-11-19T15:59:59.000000Z", "昨天 23:59"),
        ("zh", "2026-11-18T15:59:59.000000Z", "11月18日"),
        ("zh", "2025-12-31T15:59:59.000000Z", "2025年12月31日"),
        ("zh", "2025-12-31T16:00:00.000000Z", "1月1日"),
        ("en", "2026-11-20T01:12:00.000000Z", "today 09:12"),
        ("en", "2025-09-01T04:00:00.000000Z", "1 Sept 2025"),
    ],
)
def test_what_is_near_is_said_by_its_name(plain_app: Flask, language: str, stamp: str, shown: str) -> None:
    with read_in(plain_app, language):
        assert dates.when(stamp) == shown


@pytest.mark.parametrize(
    ("due", "shown", "late"),
    [
        ("2026-11-20T15:59:59.000000Z", "今天到期", False),
        ("2026-11-22T15:59:59.000000Z", "剩 2 天", False),
        ("2026-11-20T09:29:59.000000Z", "已逾期 1 天", True),
        ("2026-11-17T15:59:59.000000Z", "已逾期 3 天", True),
    ],
)
def test_a_deadline_says_how_long_is_left(plain_app: Flask, due: str, shown: str, late: bool) -> None:
    with read_in(plain_app, "zh"):
        assert (dates.left(due), dates.late(due)) == (shown, late)


@pytest.mark.parametrize("nothing", [None, "", clock.NEVER])
def test_no_moment_is_no_text(plain_app: Flask, nothing: str | None) -> None:
    with read_in(plain_app, "zh"):
        assert (dates.when(nothing), dates.moment(nothing), dates.left(nothing)) == ("", "", "")


def test_one_language_does_not_leak_into_the_next_request(plain_app: Flask) -> None:
    stamp = "2026-09-01T01:12:00.000000Z"
    with read_in(plain_app, "en"):
        assert dates.moment(stamp) == "1 Sept 2026 09:12"
    with read_in(plain_app, "zh"):
        assert dates.moment(stamp) == "2026年9月1日 09:12"
    assert lang() == "zh"
