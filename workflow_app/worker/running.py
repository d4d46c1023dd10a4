"""Running the jobs: each in a thread of its own, alone among all workers of the installation.

When a job is due stands in the database, for all workers alike.
"""

import logging
import threading
from collections.abc import Sequence
from datetime import timedelta

from flask import Flask

from workflow_app import clock
from workflow_app.alone import alone
from workflow_app.extensions import db
from workflow_app.store import writing
from workflow_app.worker.jobs import JOBS, Job
from workflow_app.worker.models import JobRun

#: Seconds until a job that failed, or that another worker is running, is looked at again (at most).
RETRY = 60
#: No longer pause than this: a clock that is set must not keep a job from running.
LONGEST_PAUSE = 60

log = logging.getLogger(__name__)


class Worker:
    """Runs jobs until told to stop; what is under way then is finished."""

    def __init__(self, app: Flask, jobs: Sequence[Job] = JOBS) -> None:
        self._app = app
        self._jobs = jobs
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._go_on, args=[job], name=job.name) for job in jobs]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopping.set()

    def wait(self) -> None:
        """Until ``stop`` was called and every job has ended."""
        self._stopping.wait()
        for thread in self._threads:
            thread.join()

    def once(self) -> dict[str, str]:
        """Run what is due, one after the other; the error of each job that ran, "" for none."""
        outcomes = {job.name: self._attempt(job)[0] for job in self._jobs}
        return {name: error for name, error in outcomes.items() if error is not None}

    def _go_on(self, job: Job) -> None:
        while not self._stopping.is_set():
            pause = self._attempt(job)[1]
            self._stopping.wait(min(pause, LONGEST_PAUSE))

    def _attempt(self, job: Job) -> tuple[str | None, float]:
        """Run it if it is due: its error (None: it did not run), and seconds until the next look."""
        try:
            with self._app.app_context(), alone(f"job-{job.name}") as mine:
                if not mine:
                    return None, min(job.seconds, RETRY)
                if (left := _seconds_left(job)) > 0:
                    return None, left
                return _run(job)
        except Exception as error:  # the database is away, the disk is full: it may be back soon
            log.exception("任务 %s 没有执行", job.name)
            return _named(error), RETRY


def _seconds_left(job: Job) -> float:
    last = db.session.get(JobRun, job.name, populate_existing=True)
    due = clock.parse(last.due_at) if last else clock.now()
    db.session.rollback()
    left = (due - clock.now()).total_seconds()
    # Further away than the interval: the clock has been set back since.
    return left if left <= job.seconds else 0


def _run(job: Job) -> tuple[str, float]:
    started = clock.now()
    error = ""
    try:
        job.run()
    except Exception as failed:
        db.session.rollback()
        log.exception("任务 %s 出错", job.name)
        error = _named(failed)
    ended = clock.now()
    pause = min(job.seconds, RETRY) if error else job.seconds
    due = max(ended if error else started, started) + timedelta(seconds=pause)
    with writing() as session:
        session.merge(
            JobRun(
                name=job.name,
                started_at=clock.stamp(started),
                ended_at=clock.stamp(ended),
                due_at=clock.stamp(due),
                error=error,
            )
        )
    return error, max(0.0, (due - ended).total_seconds())


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]
