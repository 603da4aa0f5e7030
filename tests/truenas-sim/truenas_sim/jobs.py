# SPDX-License-Identifier: BSD-2-Clause
"""Jobs: states, locks with their short queues, waiting and loss.

Source: middleware job.py, service/core_service.py [25.10].
"""
from __future__ import annotations

import asyncio
import time
import traceback
from typing import TYPE_CHECKING, Any, Awaitable, Callable

from .errors import CallError, NasError, ValidationErrors

if TYPE_CHECKING:
    from .nas import Nas

KEPT = 1000


def _instant(seconds: float | None) -> dict | None:
    return None if seconds is None else {"$date": int(seconds * 1000)}


class Job:
    """One job as `core.get_jobs` shows it."""

    def __init__(self, ident: int, method: str, arguments: list,
                 description: str | None, user: str | None) -> None:
        self.ident, self.method, self.arguments = ident, method, arguments
        self.description, self.user = description, user
        self.state = "WAITING"
        self.percent: int | None = 0
        self.progress_text = ""
        self.result: Any = None
        self.failure: NasError | None = None
        self.started: float | None = None
        self.finished: float | None = None
        self.done = asyncio.Event()
        self.task: asyncio.Task | None = None

    def to_json(self) -> dict:
        error = self.failure
        return {
            "id": self.ident, "message_ids": [], "method": self.method,
            "arguments": self.arguments, "transient": False,
            "description": self.description, "abortable": False,
            "logs_path": None, "logs_excerpt": None,
            "progress": {"percent": self.percent,
                         "description": self.progress_text, "extra": None},
            "result": self.result, "result_encoding_error": None,
            "error": error.data()[1] if error else None,
            "exception": (f"Traceback (most recent call last):\n"
                          f"{error.trace_class}: {error}\n"
                          if error else None),
            "exc_info": _exc_info(error) if error else None,
            "state": self.state,
            "time_started": _instant(self.started),
            "time_finished": _instant(self.finished),
            "credentials": {"type": "API_KEY",
                            "data": {"username": self.user}},
        }


def _exc_info(error: NasError) -> dict:
    number, _, extra = error.data()
    kind = ("VALIDATION" if isinstance(error, ValidationErrors)
            else error.trace_class)
    return {"repr": f"{error.trace_class}({str(error)!r})", "type": kind,
            "errno": number, "extra": extra}


class Jobs:
    """All jobs since the middleware started, ids from one."""

    def __init__(self, nas: "Nas") -> None:
        self._nas = nas
        self.jobs: dict[int, Job] = {}
        self._next = 1
        self._running: dict[str, Job] = {}
        self._waiting: dict[str, list[tuple[Job, Callable]]] = {}

    def submit(self, method: str, arguments: list, lock: str | None,
               body: Callable[[Job], Awaitable[Any]],
               description: str | None = None,
               user: str | None = None) -> Job:
        """Starts or queues a job.

        With the lock's queue full nothing is queued: the last one in it is
        returned in place of a new job.
        """
        queue = self._waiting.setdefault(lock, []) if lock else []
        limit = self._nas.release.job_queue_limit
        if lock and len(queue) >= limit:
            return queue[-1][0]
        job = Job(self._next, method, arguments, description, user)
        self._next += 1
        self.jobs[job.ident] = job
        if len(self.jobs) > KEPT:
            for ident, old in self.jobs.items():
                if old.done.is_set():
                    del self.jobs[ident]
                    break
        self._tell("added", job)
        if lock and lock in self._running:
            queue.append((job, body))
        else:
            self._start(job, body, lock)
        return job

    def _start(self, job: Job, body: Callable, lock: str | None) -> None:
        if lock:
            self._running[lock] = job
        job.state, job.started = "RUNNING", time.time()
        self._tell("changed", job)
        job.task = asyncio.create_task(self._run(job, body, lock))

    async def _run(self, job: Job, body: Callable, lock: str | None) -> None:
        try:
            job.result = await body(job)
            job.state = "SUCCESS"
        except asyncio.CancelledError:
            job.state = "ABORTED"
        except NasError as error:
            job.failure, job.state = error, "FAILED"
        except Exception as error:
            traceback.print_exc()
            job.failure = CallError(repr(error))
            job.state = "FAILED"
        job.percent, job.finished = 100, time.time()
        job.done.set()
        if self.jobs.get(job.ident) is job:
            self._tell("changed", job)
        if lock and self._running.get(lock) is job:
            del self._running[lock]
            if self._waiting.get(lock):
                self._start(*self._waiting[lock].pop(0), lock)

    def _tell(self, message: str, job: Job) -> None:
        self._nas.publish("core.get_jobs", message, job.ident, job.to_json)

    async def wait(self, job: Job) -> Any:
        """The job's result, or its failure raised."""
        await job.done.wait()
        if job.failure:
            raise job.failure
        if job.state == "ABORTED":
            raise CallError("Job aborted")
        return job.result

    def lose(self) -> None:
        """The middleware restarts: running jobs stop, ids begin anew."""
        for job in self.jobs.values():
            if job.task and not job.done.is_set():
                job.task.cancel()
        self.jobs, self._next = {}, 1
        self._running, self._waiting = {}, {}
