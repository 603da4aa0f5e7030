# SPDX-License-Identifier: BSD-2-Clause
"""What the database-backed namespaces share: looking rows up."""
from __future__ import annotations

from typing import Any, Callable

from . import query
from .db import Table
from .errors import InstanceNotFound


def need(table: Table, ident: Any, verbose_name: str) -> dict:
    """The row of that id, or the NAS's InstanceNotFound."""
    row = table.get(ident)
    if row is None:
        raise InstanceNotFound(verbose_name, ident)
    return row


def narrowed(table: Table, filters: list,
             aliases: dict[str, str] | None = None) -> list[dict]:
    """Rows that may pass the filters, by id or an indexed column.

    `aliases` says under which path the rows shown carry a column.
    """
    ids = query.exact(filters, ("id",))
    if ids is not None:
        return [row for row in map(table.get, ids) if row is not None]
    for item in filters:
        if len(item) != 3 or item[1] not in ("=", "in"):
            continue
        column = (aliases or {}).get(item[0], item[0])
        if not isinstance(column, str) or not table.has_index(column):
            continue
        values = [item[2]] if item[1] == "=" else item[2]
        return [row for value in values if _hashable(value)
                for row in table.by(column, value)]
    return list(table)


def _hashable(value: Any) -> bool:
    return isinstance(value, (str, int, type(None)))


def lister(pick: Callable[[Any], Table], show: Callable[[Any, dict], dict],
           aliases: dict[str, str] | None = None) -> Callable:
    """A row function for `registry.crud` over one table."""
    async def rows(nas: Any, filters: list, extra: dict) -> list[dict]:
        return [show(nas, row)
                for row in narrowed(pick(nas), filters, aliases)]
    return rows
