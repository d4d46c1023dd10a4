"""Searching a thousand plans of real length."""

import random
import statistics
import time
from typing import Any

from bench.county import fill
from bench.databases import Stand
from tests.builders import county, full_content
from workflow_app.extensions import db
from workflow_app.search import finding, index

PLANS = 1000
#: Characters of a long section, times three sections: what the samples have.
LENGTH = 4000
ROUNDS = 20
LETTERS = "教师研修校本课堂学生备课评价目标内容方式时间地点发言人制度考核反思实践提升专业发展安排听评"
QUESTIONS = ("研修", "集体备课", "课堂 学生 评价", "修", "没有这样的词")


def measure(stand: Stand) -> dict[str, float]:
    """Milliseconds for one question, as an auditor (sees all) and as a principal (sees one school)."""
    name = stand.fresh()
    with stand.app(name):
        here = county()
        random.seed(1)
        fill(here, PLANS, _content)
        started = time.perf_counter()
        index.catch_up()
        found = {"编入索引，每份 ms": (time.perf_counter() - started) / PLANS * 1e3}
        for who, person in (("审计员", here.auditor), ("校长", 100_001)):
            for question in QUESTIONS:
                found[f"{who} 「{question}」 ms"] = _median(person, question)
        return found


def _content(_number: int) -> dict[str, Any]:
    return full_content(
        **{key: "".join(random.choices(LETTERS, k=LENGTH)) for key in ("goals", "contents", "rules")}
    )


def _median(person: int, question: str) -> float:
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        finding.find(person, question)
        times.append(time.perf_counter() - started)
        db.session.rollback()
    return statistics.median(times) * 1e3
