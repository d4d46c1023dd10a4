"""Pairs of acts at one instant; ``make faults`` does ten thousand of them at two servers."""

import logging
from urllib.parse import urlsplit

import pytest
from flask import Flask

from tests.builders import county
from tests.faults import pairs, world


def test_never_two_effects_and_the_loser_is_told(
    office: Flask, live: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR, "werkzeug")
    here = pairs.signers(county())
    port = urlsplit(live).port
    assert port
    people = world.People(here, port, *pairs.PEOPLE)
    people.log_in(2)
    figures = pairs.Arena(office, here, (people, people), 1, world.years(1)).run(2 * len(pairs.KINDS))
    told = [*figures.wrong, *figures.doubled, *figures.untold]
    assert figures.sound, "\n".join(told)
