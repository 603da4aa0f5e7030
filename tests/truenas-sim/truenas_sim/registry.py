# SPDX-License-Identifier: BSD-2-Clause
"""The methods the API namespaces offer, by name."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Awaitable, Callable, NamedTuple

from . import query
from .errors import InstanceNotFound

if TYPE_CHECKING:
    from .nas import Nas
    from .record import Call

Body = Callable[..., Awaitable[Any]]


class Method(NamedTuple):
    """One method: its body gets the NAS, the call and the parameters."""

    name: str
    body: Body
    # Callable without a login.
    anonymous: bool = False
    # A notification of a change is sent to who subscribed to <ns>.query.
    event: str | None = None


METHODS: dict[str, Method] = {}


def method(name: str, anonymous: bool = False,
           event: str | None = None) -> Callable[[Body], Body]:
    """Offers the decorated function as an API method."""
    def register(body: Body) -> Body:
        METHODS[name] = Method(name, body, anonymous, event)
        return body
    return register


Rows = Callable[["Nas", list, dict], Awaitable[list[dict]]]


def crud(namespace: str, verbose_name: str, rows: Rows) -> None:
    """Offers `query` and `get_instance` over a function that lists rows.

    The function may narrow its rows down by the filters, which are applied
    afterwards in any case.
    """
    @method(f"{namespace}.query")
    async def run_query(nas: "Nas", call: "Call", filters: list,
                        options: dict) -> Any:
        found = await rows(nas, filters, options.get("extra") or {})
        return query.run(found, filters, options)

    @method(f"{namespace}.get_instance")
    async def get_instance(nas: "Nas", call: "Call", ident: Any,
                           options: dict) -> Any:
        filters = [["id", "=", ident]]
        found = query.run(await rows(nas, filters,
                                     options.get("extra") or {}), filters, {})
        if not found:
            raise InstanceNotFound(verbose_name, ident)
        if options.get("select"):
            return query.select(found[0], options["select"])
        return found[0]


def config(namespace: str, read: Callable[["Nas"], dict]) -> None:
    """Offers `<namespace>.config`."""
    @method(f"{namespace}.config")
    async def run_config(nas: "Nas", call: "Call") -> dict:
        return dict(read(nas))


def load() -> None:
    """Imports every namespace, which registers its methods."""
    from . import api
    api.load()
