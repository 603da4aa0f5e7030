# SPDX-License-Identifier: BSD-2-Clause
"""How many tests a suite ran, read from its own closing lines."""
from __future__ import annotations

import re
from dataclasses import dataclass, field

_PLAIN = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.M)
_CTEST = re.compile(r"(\d+)% tests passed, (\d+) tests? failed out of (\d+)")
_PYTEST = re.compile(r"^=*\s*((?:\d+ \w+(?:, )?)+) in [\d.]+s", re.M)
_SKIPPED = re.compile(r"^SKIPPED \[\d+\] (.*)$", re.M)


@dataclass
class Count:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    reasons: list[str] = field(default_factory=list)

    def add(self, other: "Count") -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.reasons += other.reasons


def _pytest(text: str) -> Count | None:
    match = None
    for match in _PYTEST.finditer(text):
        pass
    if match is None:
        return None
    words = {word.rstrip("s"): int(n)
             for n, word in re.findall(r"(\d+) (\w+)", match.group(1))}
    return Count(words.get("passed", 0), words.get("failed", 0) + words.get("error", 0),
                 words.get("skipped", 0), _SKIPPED.findall(text))


def read(text: str, code: int) -> Count:
    """The suite's own count; a suite without one is a single test."""
    found = None
    for match in _PLAIN.finditer(text):
        found = Count(int(match[1]), int(match[2]), int(match[3] or 0),
                      re.findall(r"^skipped: (.*)$", text, re.M))
    if found is None:
        found = _pytest(text)
    match = None
    for match in _CTEST.finditer(text):
        pass
    if found is None and match is not None:
        failed, total = int(match[2]), int(match[3])
        found = Count(total - failed, failed)
    if found is None:
        return Count(passed=int(code == 0), failed=int(code != 0))
    if code != 0 and found.failed == 0:
        found.failed = 1  # it says all is well and ends badly: believe the end
    if code == 0 and found.passed == 0 and found.skipped == 0:
        return Count(failed=1)  # a suite that ran nothing has shown nothing
    return found
