"""Whatever somebody who owns the database alters is found by the check that the manual names."""

import os
from collections.abc import Iterator

import pytest
from flask import Flask

from tests import seeds
from tests.faults.alterations import trying
from tests.faults.alterations.kinds import KINDS, OFF_SITE, Hands
from tests.faults.alterations.unseen import UNSEEN
from tests.faults.alterations.world import everything
from workflow_app.attachments import lists
from workflow_app.extensions import db
from workflow_app.integrity import doctor
from workflow_app.settings import ROOT

#: So many random places on SQLite, in this run; ``python -m tests.faults.alterations`` tries more.
PLACES = {"sqlite": 2, "postgresql": 1}
SEEN = [kind for kind in KINDS if kind.found_by != OFF_SITE]
SEALED = [kind for kind in KINDS if kind.found_by == OFF_SITE]


@pytest.fixture
def lived(office: Flask) -> Iterator[None]:
    """A county with one of everything that can be altered."""
    seeds.once(everything)
    yield
    db.session.rollback()


def test_each_kind_is_found_by_its_check(lived: None) -> None:
    missed = {
        tally.kind.name: tally.told
        for tally in trying.tried(PLACES[db.engine.dialect.name], kinds=SEEN)
        if not tally.sound
    }
    assert missed == {}


def test_what_is_made_anew_throughout_is_found_by_a_checkpoint_kept_elsewhere(lived: None) -> None:
    note = trying.seal()
    tallies = list(trying.tried(PLACES[db.engine.dialect.name], note=note, kinds=SEALED))
    assert {tally.kind.name: tally.told for tally in tallies} == {kind.name: {OFF_SITE} for kind in SEALED}


def test_a_database_sealed_anew_without_any_alteration_is_what_the_checkpoint_says(lived: None) -> None:
    note = trying.seal()
    with trying.without_triggers():
        trying.seal_anew()
        assert trying.findings() | trying.off_site(note) == set()


def test_nothing_in_the_database_shows_what_is_made_anew_throughout(lived: None) -> None:
    """So the manual says that checkpoints must be kept elsewhere."""
    told = {tally.kind.name: tally.told for tally in trying.tried(1, kinds=SEALED)}
    assert told == {kind.name: set() for kind in SEALED}


def test_what_the_manual_calls_unseen_is(lived: None) -> None:
    with trying.without_triggers():
        for alter in UNSEEN:
            alter(Hands(trying.random.Random(1)))
        assert trying.findings() == set()


@pytest.mark.sqlite_only
def test_bytes_of_attachments_are_compared_to_the_last_one(office: Flask) -> None:
    everything()
    for digest in lists.store().digests():
        path = lists.store().path(digest)
        looks, body = path.stat(), bytearray(path.read_bytes())
        body[-1] ^= 1
        path.write_bytes(body)
        os.utime(path, ns=(looks.st_atime_ns, looks.st_mtime_ns))
    assert [one.name for one in doctor.examine() if one.offenders] == [doctor.FILES]


def test_there_are_enough_kinds() -> None:
    assert len(KINDS) >= 36
    assert len({kind.name for kind in KINDS}) == len(KINDS)
    assert {kind.found_by for kind in KINDS} <= {*doctor.CHECKS, OFF_SITE}


def test_the_manual_names_every_check_that_finds_one() -> None:
    manual = (ROOT / "docs" / "manual.md").read_text(encoding="utf-8").partition("## 它保证什么")[2]
    titles = {doctor.CHECKS[kind.found_by][0] for kind in SEEN}
    assert {title for title in titles if title not in manual} == set()
