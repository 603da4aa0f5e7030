# SPDX-License-Identifier: BSD-2-Clause
"""Query filters and options as every `*.query` of the NAS takes them.

Source: middleware utils/filter_list.py [25.10].
"""
from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Callable, Iterable

from .errors import MatchNotFound

Row = dict
Test = Callable[[Row], bool]

_MISSING = object()
_NESTING_LIMIT = 3


def _compare(op: str) -> Callable[[Any, Any], bool]:
    return {
        "=": lambda x, y: x == y,
        "!=": lambda x, y: x != y,
        ">": lambda x, y: x > y,
        ">=": lambda x, y: x >= y,
        "<": lambda x, y: x < y,
        "<=": lambda x, y: x <= y,
        "~": lambda x, y: re.match(y, x) is not None,
        "in": lambda x, y: x in y,
        "nin": lambda x, y: x not in y,
        "rin": lambda x, y: x is not None and y in x,
        "rnin": lambda x, y: x is not None and y not in x,
        "^": lambda x, y: x is not None and x.startswith(y),
        "!^": lambda x, y: x is not None and not x.startswith(y),
        "$": lambda x, y: x is not None and x.endswith(y),
        "!$": lambda x, y: x is not None and not x.endswith(y),
    }[op]


OPERATORS = ("=", "!=", ">", ">=", "<", "<=", "~", "in", "nin", "rin",
             "rnin", "^", "!^", "$", "!$")


def split_path(path: str) -> list[str]:
    """The parts of a dotted path; `\\.` is a dot inside a part."""
    if "\\." not in path:
        return path.split(".")
    return [part.replace("\0", ".")
            for part in path.replace("\\.", "\0").split(".")]


def _values(row: Any, parts: list[str]) -> Iterable[Any]:
    """Every value a path names: `*` in it fans out over a list."""
    for index, part in enumerate(parts):
        if isinstance(row, dict):
            if part not in row:
                return
            row = row[part]
        elif isinstance(row, list):
            if part == "*":
                for item in row:
                    yield from _values(item, parts[index + 1:])
                return
            if not part.isdigit() or int(part) >= len(row):
                return
            row = row[int(part)]
        else:
            return
    yield row


def lookup(row: Row, path: str) -> Any:
    """The first value a path names, or `query.MISSING`."""
    return next(iter(_values(row, split_path(path))), _MISSING)


MISSING = _MISSING


def _folded(value: Any) -> Any:
    if isinstance(value, str):
        return value.casefold()
    if isinstance(value, list):
        return [_folded(item) for item in value]
    return value


def _is_instant(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"$date"}


def _milliseconds(text: Any) -> Any:
    if isinstance(text, str):
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        return int(moment.timestamp() * 1000)
    if _is_instant(text):
        return text["$date"]
    return text


def _one_filter(field: str, op: str, value: Any) -> Test:
    folds = op[:1] == "C"
    plain = op[1:] if folds else op
    if plain not in OPERATORS or (folds and plain == "~"):
        raise ValueError(f"Invalid operation: {op}")
    if not isinstance(field, str):
        raise ValueError(f"Invalid filter {[field, op, value]!r}")
    compare = _compare(plain)
    parts = split_path(field)
    if folds:
        value = _folded(value)
    if parts[-1] == "$date":
        # `creation.parsed.$date` compares with an ISO text
        value = _milliseconds(value)
    simple = parts[0] if len(parts) == 1 else None

    def test(row: Row) -> bool:
        if simple is not None:
            found = (row[simple],) if simple in row else ()
        else:
            found = _values(row, parts)
        for item in found:
            if folds:
                item = _folded(item)
            elif _is_instant(item) and parts[-1] != "$date":
                item = item["$date"]
            try:
                if compare(item, value):
                    return True
            except (TypeError, AttributeError):
                continue
        return False
    return test


def compile_filters(filters: list, depth: int = 0) -> Test:
    """One test out of a list of filters; ValueError for a bad one."""
    if depth > _NESTING_LIMIT:
        raise ValueError("query-filters max recursion depth exceeded")
    tests: list[Test] = []
    for item in filters:
        if not isinstance(item, (list, str)):
            raise ValueError(f"Invalid filter {item!r}")
        if len(item) == 2:
            op, branches = item
            if op != "OR":
                raise ValueError(f"Invalid operation: {op}")
            tests.append(_either(branches, depth))
        elif len(item) == 3:
            tests.append(_one_filter(*item))
        else:
            raise ValueError(f"Invalid filter {item!r}")
    if len(tests) == 1:
        return tests[0]
    return lambda row: all(test(row) for test in tests)


def _either(branches: Any, depth: int) -> Test:
    if not isinstance(branches, list):
        raise ValueError(f"Invalid filter {branches!r}")
    tests = []
    for branch in branches:
        if not isinstance(branch, list):
            raise ValueError(f"Invalid filter {branch!r}")
        many = bool(branch) and isinstance(branch[0], list)
        tests.append(compile_filters(branch if many else [branch], depth + 1))
    return lambda row: any(test(row) for test in tests)


def exact(filters: list, fields: tuple[str, ...]) -> list | None:
    """The values that `=`/`in` on one of `fields` allows, None if open."""
    for item in filters:
        if len(item) == 3 and item[0] in fields:
            if item[1] == "=":
                return [item[2]]
            if item[1] == "in" and isinstance(item[2], list):
                return item[2]
    return None


def _order_key(row: Row, path: str) -> Any:
    value = lookup(row, path)
    if value is _MISSING:
        return None
    return value["$date"] if _is_instant(value) else value


def order(rows: list[Row], directives: list[str]) -> list[Row]:
    """Rows sorted by the given fields, the first the most significant."""
    for directive in reversed(directives):
        nulls = None
        for prefix in ("nulls_first:", "nulls_last:"):
            if directive.startswith(prefix):
                nulls, directive = prefix, directive[len(prefix):]
        down = directive.startswith("-")
        path = directive[1:] if down else directive
        empty = [r for r in rows if _order_key(r, path) is None]
        full = [r for r in rows if _order_key(r, path) is not None]
        full.sort(key=lambda row: _order_key(row, path), reverse=down)
        first = nulls == "nulls_first:" or (nulls is None and not down)
        rows = empty + full if first else full + empty
    return rows


def select(row: Row, wanted: list) -> Row:
    """The row reduced to the wanted paths, some under another name."""
    out: Row = {}
    for item in wanted:
        path, alias = item if isinstance(item, list) else (item, None)
        value = lookup(row, path)
        if value is _MISSING:
            continue
        if alias is not None:
            out[alias] = value
            continue
        parts = split_path(path)
        place = out
        for part in parts[:-1]:
            place = place.setdefault(part, {})
        place[parts[-1]] = value
    return out


def run(rows: Iterable[Row], filters: list, options: dict) -> Any:
    """What a query answers: a list, a count or one row."""
    if filters:
        test = compile_filters(filters)
        rows = [row for row in rows if test(row)]
    else:
        rows = list(rows)
    return finish(rows, options)


def finish(rows: list[Row], options: dict) -> Any:
    """Options applied to rows which passed the filters."""
    if options.get("count"):
        return len(rows)
    if options.get("order_by"):
        rows = order(rows, options["order_by"])
    if options.get("offset"):
        rows = rows[options["offset"]:]
    if options.get("limit"):
        rows = rows[:options["limit"]]
    if options.get("get"):
        if not rows:
            raise MatchNotFound()
        rows = rows[:1]
    if options.get("select"):
        rows = [select(row, options["select"]) for row in rows]
    return rows[0] if options.get("get") else rows
