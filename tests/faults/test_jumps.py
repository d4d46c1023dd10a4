"""A clock that jumps leaves no trail that is red for ever; ``make faults`` walks much further."""

from flask import Flask

from tests.builders import county
from tests.faults import jumps


def test_every_check_holds_whatever_the_clock_does(office: Flask) -> None:
    figures = jumps.walk(county(), 120, 3)
    assert not figures.wrong, figures
    assert figures.acts > 20
    assert figures.jumps > 20
