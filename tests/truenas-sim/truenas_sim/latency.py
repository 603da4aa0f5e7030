# SPDX-License-Identifier: BSD-2-Clause
"""How long things take: a fixed time, or a real system's times a factor."""
from __future__ import annotations

import asyncio
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from .releases import Cost

if TYPE_CHECKING:
    from .nas import Nas


class Latency:
    """Both at once are added up; without either nothing waits."""

    def __init__(self, nas: "Nas", fixed_ms: float, factor: float) -> None:
        self._nas = nas
        self.fixed_ms, self.factor = fixed_ms, factor
        self._costs: dict[str, Cost] = {}
        # middleware plugins/zfs_/ [25.10]: a pool of processes
        workers = nas.release.snapshot_workers
        self._workers = asyncio.Semaphore(workers) if workers else None

    def cost(self, method: str) -> Cost:
        """The release's figures for a method: its first fitting glob."""
        found = self._costs.get(method)
        if found is None:
            found = next((cost for glob, cost in
                          self._nas.release.costs.items()
                          if fnmatchcase(method, glob)), Cost(0))
            self._costs[method] = found
        return found

    async def before(self, method: str) -> None:
        """Waits as long as the method needs until its effect."""
        delay = self.fixed_ms
        if self.factor:
            cost = self.cost(method)
            delay += self.factor * (cost.before + cost.per_dataset
                                    * self._nas.dataset_count())
        if delay <= 0:
            return
        if self.factor and self._workers and method.startswith(
                "pool.snapshot."):
            async with self._workers:
                await asyncio.sleep(delay / 1000)
        else:
            await asyncio.sleep(delay / 1000)

    async def reload(self, method: str) -> None:
        """Waits for a service's reload; the caller holds its lock."""
        delay = self.factor * self.cost(method).reload
        if delay > 0:
            await asyncio.sleep(delay / 1000)
