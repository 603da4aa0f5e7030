# SPDX-License-Identifier: BSD-2-Clause
"""core.*: ping, subscriptions, jobs, bulk and options of the socket.

Source: middleware service/core_service.py, job.py [25.10].
"""
from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from .. import query
from ..errors import CallError, Invalid, NasError
from ..jobs import Job
from ..record import Call
from ..registry import METHODS, method

if TYPE_CHECKING:
    from ..nas import Nas


@method("core.ping", anonymous=True)
async def ping(nas: "Nas", call: Call) -> str:
    return "pong"


@method("core.set_options", anonymous=True)
async def set_options(nas: "Nas", call: Call, options: dict) -> None:
    if "legacy_jobs" in options:
        call.connection.legacy_jobs = options["legacy_jobs"]


@method("core.subscribe")
async def subscribe(nas: "Nas", call: Call, event: str) -> str:
    ident = str(uuid.uuid4())
    call.connection.subscriptions[ident] = event
    return ident


@method("core.unsubscribe")
async def unsubscribe(nas: "Nas", call: Call, ident: str) -> None:
    call.connection.subscriptions.pop(ident, None)


@method("core.get_jobs")
async def get_jobs(nas: "Nas", call: Call, filters: list,
                   options: dict) -> Any:
    wanted = query.exact(filters, ("id",))
    if wanted is not None:
        jobs = [nas.jobs.jobs[i] for i in wanted if i in nas.jobs.jobs]
    else:
        jobs = list(nas.jobs.jobs.values())
    return query.run([job.to_json() for job in jobs], filters, options)


def _job(nas: "Nas", ident: int) -> Job:
    job = nas.jobs.jobs.get(ident)
    if job is None:
        raise Invalid("id", f"Job {ident} does not exist", 2)
    return job


@method("core.job_wait")
async def job_wait(nas: "Nas", call: Call, ident: int, job: Job) -> Any:
    return await nas.jobs.wait(_job(nas, ident))


@method("core.job_abort")
async def job_abort(nas: "Nas", call: Call, ident: int) -> None:
    job = _job(nas, ident)
    if job.task and not job.done.is_set():
        job.task.cancel()


@method("core.bulk")
async def bulk(nas: "Nas", call: Call, name: str, calls: list,
               description: str | None, job: Job) -> list:
    if name not in METHODS:
        raise CallError(f"Method {name!r} not found")
    target, results = METHODS[name], []
    for index, params in enumerate(calls):
        item: dict[str, Any] = {"job_id": None, "error": None,
                                "result": None}
        try:
            ready = nas.schemas.params(name).validate(params)
            if nas.schemas.is_job(name):
                inner = nas.start_job(target, call, ready)
                item["job_id"] = inner.ident
                item["result"] = await nas.jobs.wait(inner)
            else:
                await nas.latency.before(name)
                item["result"] = await target.body(nas, call, *ready)
        except NasError as error:
            # Errors are texts here, whatever they were.
            item["error"] = error.data()[1].strip()
        results.append(item)
        job.percent = 100 * (index + 1) // len(calls)
        job.progress_text = f"{index + 1} of {len(calls)}"
    return results


@method("core.get_methods")
async def get_methods(nas: "Nas", call: Call, service: str | None,
                      target: str) -> dict:
    return {name: {"job": nas.schemas.is_job(name)}
            for name in sorted(METHODS)
            if service is None or name.rpartition(".")[0] == service}


@method("core.get_services")
async def get_services(nas: "Nas", call: Call, target: str) -> dict:
    names = sorted({name.rpartition(".")[0] for name in METHODS})
    return {name: {"type": "service"} for name in names}
