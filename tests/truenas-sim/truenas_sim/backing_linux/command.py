# SPDX-License-Identifier: BSD-2-Clause
"""Runs the NAS's programs: no shell, a deadline, stdout and stderr apart."""
from __future__ import annotations

import asyncio
import os
from typing import NamedTuple


class CommandError(Exception):
    """A program that had to succeed failed, or did not end in time."""


class Output(NamedTuple):
    """What a program left: exit code, stdout, stderr."""

    code: int
    out: str
    err: str


# English texts. Without UTF-8, zfs(8) breaks its JSON at what is not ASCII.
_ENVIRONMENT = {**os.environ, "LC_ALL": "C.UTF-8"}


async def run(*argv: str, seconds: float = 60) -> Output:
    """Runs a program to its end; its failure is the caller's to judge."""
    process = await asyncio.create_subprocess_exec(
        *argv, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env=_ENVIRONMENT)
    try:
        out, err = await asyncio.wait_for(process.communicate(), seconds)
    except asyncio.TimeoutError:
        process.kill()
        await process.wait()
        raise CommandError(
            f"'{' '.join(argv)}' took over {seconds:.0f} s") from None
    return Output(process.returncode or 0, out.decode(errors="replace"),
                  err.decode(errors="replace").strip())


async def check(*argv: str, seconds: float = 60) -> str:
    """Runs a program that must succeed; its stdout."""
    output = await run(*argv, seconds=seconds)
    if output.code != 0:
        raise CommandError(f"'{' '.join(argv)}' failed: {output.err}")
    return output.out


async def pipe(source: list[str], sink: list[str],
               seconds: float = 300) -> Output:
    """Runs `source | sink`; the first that failed, else the sink's output."""
    read, write = os.pipe()
    try:
        first = await asyncio.create_subprocess_exec(
            *source, stdin=asyncio.subprocess.DEVNULL, stdout=write,
            stderr=asyncio.subprocess.PIPE, env=_ENVIRONMENT)
        second = await asyncio.create_subprocess_exec(
            *sink, stdin=read, stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE, env=_ENVIRONMENT)
    finally:
        os.close(read)
        os.close(write)
    try:
        (_, sent), (_, received) = await asyncio.wait_for(
            asyncio.gather(first.communicate(), second.communicate()),
            seconds)
    except asyncio.TimeoutError:
        for process in (first, second):
            process.kill()
            await process.wait()
        raise CommandError(
            f"'{' '.join(source)}' took over {seconds:.0f} s") from None
    # a sink that refuses kills the source with SIGPIPE: its reason counts
    if second.returncode:
        return Output(second.returncode, "", received.decode().strip())
    return Output(first.returncode or 0, "", sent.decode().strip())
