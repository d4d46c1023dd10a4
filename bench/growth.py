"""The desk and the trail with few and with many documents."""

import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any

from flask import Flask

from bench.county import fill
from bench.databases import Stand
from tests.builders import county
from workflow_app.artefacts import queries
from workflow_app.desk import inbox
from workflow_app.signoff import policy
from workflow_app.trail import lookup

ROUNDS = 30


def measure(stand: Stand, sizes: tuple[int, int]) -> dict[str, float]:
    """For each question, how many times longer it takes with ``sizes[1]`` than with ``sizes[0]``.

    Both counties are asked in turn, so that what else the machine does falls on both.
    """
    with ExitStack() as stack:
        few, many = (_asked(stack, stand, size) for size in sizes)
        result: dict[str, float] = {}
        for title in few:
            times: tuple[list[float], list[float]] = ([], [])
            for _ in range(ROUNDS):
                times[0].append(few[title]())
                times[1].append(many[title]())
            small, large = map(statistics.median, times)
            result[f"{title} ({sizes[0]}) µs"] = small * 1e6
            result[f"{title} ({sizes[1]}) µs"] = large * 1e6
            result[f"{title} ratio"] = large / small
    return result


def _asked(stack: ExitStack, stand: Stand, size: int) -> dict[str, Callable[[], float]]:
    """The questions to a county of that size; each call says how many seconds its answer took."""
    app = stack.enter_context(stand.app(stand.fresh()))
    here = county()
    fill(here, size)
    return {title: partial(_time, app, ask) for title, ask in _questions(here).items()}


def _questions(here: Any) -> dict[str, Callable[[], Any]]:
    principal = 100_001

    def desk(person: int) -> Callable[[], Any]:
        return lambda: (inbox.page(person, "todo"), inbox.counts(person))

    def trail(person: int) -> Callable[[], Any]:
        return lambda: lookup.page(policy.trail_scope(person), lookup.TrailFilters())

    def documents(person: int) -> Callable[[], Any]:
        return lambda: queries.page(policy.visible_to(person), queries.ListFilters())

    return {
        "工作台 部主任": desk(here.lead),
        "工作台 校长": desk(principal),
        "轨迹 审计员": trail(here.auditor),
        "轨迹 部主任": trail(here.lead),
        "轨迹 校长": trail(principal),
        "文件 审计员": documents(here.auditor),
        "文件 部主任": documents(here.lead),
        "文件 校长": documents(principal),
        "文件 教师": documents(principal - 1),
    }


def _time(app: Flask, ask: Callable[[], Any]) -> float:
    with app.app_context():
        started = time.perf_counter()
        ask()
        return time.perf_counter() - started
