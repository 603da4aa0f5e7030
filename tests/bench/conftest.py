# SPDX-License-Identifier: BSD-2-Clause
"""The figures of all tests, printed as tables when they are through."""
from __future__ import annotations

from typing import Any, Iterator

import pytest

_TABLES = pytest.StashKey[dict[str, list[dict[str, str]]]]()


class Figures:
    """Rows for the tables at the end of the run."""

    def __init__(self, tables: dict[str, list[dict[str, str]]]) -> None:
        self._tables = tables

    def add(self, table: str, **cells: Any) -> None:
        """A row; the names of the cells become the head of the table."""
        self._tables.setdefault(table, []).append(
            {name.replace("_", " "): str(cell) for name, cell in cells.items()})


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Iterator[Figures]:
    yield Figures(request.config.stash.setdefault(_TABLES, {}))


def _lines(rows: list[dict[str, str]]) -> list[str]:
    head = list(dict.fromkeys(name for row in rows for name in row))
    cells = [head] + [[row.get(name, "") for name in head] for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(head))]
    return ["  ".join(text.ljust(width) if i == 0 else text.rjust(width)
                      for i, (text, width) in enumerate(zip(line, widths))).rstrip()
            for line in cells]


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """After the tests, whether they passed or not, and whatever was captured."""
    for title, rows in config.stash.get(_TABLES, {}).items():
        terminalreporter.write_line("")
        terminalreporter.write_line(title)
        for line in _lines(rows):
            terminalreporter.write_line("  " + line)
