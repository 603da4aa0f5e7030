# SPDX-License-Identifier: BSD-2-Clause
"""zfs.resource.query: datasets by path, without walking all of them.

Source: middleware plugins/zfs/resource_crud.py, query_impl.py [25.10].
"""
from __future__ import annotations

from typing import TYPE_CHECKING

from ..backing import Resource
from ..entries import resource_row
from ..errors import PythonError
from ..registry import method

if TYPE_CHECKING:
    from ..nas import Nas
    from ..record import Call


@method("zfs.resource.query")
async def run_query(nas: "Nas", call: "Call", data: dict) -> list[dict]:
    roots: list[Resource] = []
    for path in data["paths"] or await nas.backing.pools():
        found = await nas.backing.dataset(path)
        if found is None:
            # [25.10]; later releases leave the path out
            raise PythonError("ZFSPathNotFoundException",
                              f"'{path}': not found")
        roots.append(found)

    def row(resource: Resource) -> dict:
        return resource_row(resource, data["properties"],
                            data["get_user_properties"], data["get_source"])

    async def nested(resource: Resource) -> dict:
        out = row(resource)
        out["children"] = []
        for name in await nas.backing.children(resource.name):
            child = await nas.backing.dataset(name)
            if child is not None:
                out["children"].append(await nested(child))
        return out

    whole = data["get_children"] or not data["paths"]
    if not whole:
        return [row(r) for r in roots]
    if data["nest_results"]:
        return [await nested(r) for r in roots]
    return [row(r) for root in roots
            for r in await nas.backing.datasets(root.name)]
