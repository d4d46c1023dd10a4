"""A few kills of the server in the middle of the work; ``make faults`` does it hundreds of times."""

from pathlib import Path

from flask import Flask

from tests.builders import county
from tests.faults import kills, world
from tests.faults.serving import Server
from workflow_app.settings import Settings

PEOPLE = ("coordinator", "principal", "lead")


def test_no_act_is_lost_or_doubled_when_the_server_is_killed(
    office: Flask, settings: Settings, tmp_path: Path
) -> None:
    server = Server(settings, tmp_path / "server.log")
    people = world.People(county(), server.port, *PEOPLE)
    years = world.years(3)
    server.start()
    try:
        people.log_in(3)
        few = 2 if settings.database_url else 5
        figures = kills.run(
            people, years, kill=server.kill, revive=server.start,
            kills=few, acts=(3, 12), clients=3, seed=few,
        )  # fmt: skip
    finally:
        server.kill()
    assert figures.sound, figures
    assert figures.acknowledged >= 3 * few
