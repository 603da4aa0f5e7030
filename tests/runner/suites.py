# SPDX-License-Identifier: BSD-2-Clause
"""The suites: what each runs, needs, and how much of the machine it takes."""
from __future__ import annotations

from dataclasses import dataclass, field

PYTEST = ("/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider")


@dataclass(frozen=True)
class Suite:
    """One line of the report.

    weight: how many of the two cores it keeps busy; one that measures takes
            both, so that nothing else disturbs it.
    lane:   suites of one lane never run at once.
    long:   left out unless it is asked for.
    """

    name: str
    about: str
    command: tuple[str, ...]
    needs: tuple[str, ...] = ()
    weight: int = 1
    lane: str = ""
    long: bool = False
    counts: bool = True
    environment: dict[str, str] = field(default_factory=dict)


def _build(preset: str, about: str, needs: tuple[str, ...] = ()) -> Suite:
    return Suite(f"build-{preset}", about, ("scripts/build", preset), needs, counts=False)


def _pytest(name: str, about: str, *paths: str, **more: object) -> Suite:
    needs = ("build-release",)
    return Suite(name, about, (*PYTEST, *paths), **{"needs": needs, **more})  # type: ignore


# Lane "vm": one emulated machine at a time.  Lane "unit": the same tests make
# the same file systems, and btrfs takes one UUID once.
SUITES = [
    _build("release", "the programs as they ship"),
    Suite("vm-image", "kernel, root file system and saved state of the test VM",
          ("tests/vm/build",), counts=False),
    Suite("vm-rig", "NFS, iSCSI and NVMe-oF in the VM by hand",
          (*PYTEST, "tests/vm/test_rig.py"), ("vm-image",), lane="vm"),
    Suite("vm-worlds", "one random script in the simulator and on real storage",
          ("/usr/bin/python3", "tests/vm/two_worlds.py", "--seed", "21"),
          ("vm-image",), lane="vm"),
    Suite("vm-driver", "the driver on a real kernel: data, node cases, leftovers",
          (*PYTEST, "tests/vm/test_driver.py", "-k", "not csi_sanity_is_green"),
          ("vm-image", "build-release"), lane="vm"),
    Suite("vm-sanity", "csi-sanity, whole, on a real kernel",
          (*PYTEST, "tests/vm/test_driver.py", "-k", "csi_sanity_is_green"),
          ("vm-image", "build-release"), lane="vm", long=True),
    Suite("vm-backing", "the simulator over real storage: what it serves and refuses",
          (*PYTEST, "tests/vm/test_backing.py"), ("vm-image",), lane="vm"),
    Suite("vm-quickstart", "the quickstart on a real kernel", ("./quickstart", "--vm"),
          ("vm-image", "build-release"), lane="vm"),
    Suite("style", "format, sizes, banned calls", ("scripts/check-style",), weight=1),
    Suite("layers", "no include points up or sideways", ("scripts/check-layers",)),
    Suite("headers", "every header compiles alone, gcc and clang",
          ("scripts/check-headers", "build/release"), ("build-release",)),
    _pytest("simulator", "the simulator against the NAS's own answers",
            "tests/truenas-sim/tests", needs=()),
    _pytest("wire", "csi.proto against the published descriptors", "tests/csi-wire", needs=()),
    _build("asan", "gcc, -Werror, address and undefined-behaviour sanitizer"),
    Suite("unit-asan", "every unit test under ASan and UBSan",
          ("scripts/ctest", "asan"), ("build-asan",), lane="unit"),
    _build("tsan", "gcc, -Werror, thread sanitizer"),
    Suite("unit-tsan", "every unit test under TSan", ("scripts/ctest", "tsan"),
          ("build-tsan",), lane="unit"),
    _build("clang", "clang, -Werror, thread-safety analysis"),
    Suite("abi", "the ABI header, symbols and libraries of every backend",
          ("tests/abi/run", "build/release"), ("build-release",)),
    _pytest("csi", "verbs, bad input, health pages, from outside", "tests/csi"),
    Suite("sanity", "csi-sanity for each protocol against the simulator",
          ("tests/csi/sanity",), ("build-release",)),
    Suite("faults", "killed, cut and late at every NAS call",
          ("tests/faults/explore.py", "--minutes", "6", "--seed", "3"),
          ("build-release",)),
    Suite("faults-all", "the same, every point there is",
          ("tests/faults/explore.py", "--all"), ("build-release",), long=True),
    Suite("fuzz", "a minute for each parser", ("tests/fuzz/run",), ()),
    Suite("quickstart", "the first command of the README", ("./quickstart",),
          ("build-release",)),
    _pytest("bench", "speed, memory, start: measured alone", "tests/bench", weight=2),
    Suite("bare", "both commands in bare Debian 12 and 13", ("tests/bare/run",), (),
          weight=2, long=True),
]


def by_name() -> dict[str, Suite]:
    """The suites by their names."""
    return {suite.name: suite for suite in SUITES}


def with_needs(names: list[str]) -> list[Suite]:
    """These suites and all they need, in the order of the list above."""
    known, wanted = by_name(), set()
    queue = list(names)
    while queue:
        name = queue.pop()
        if name not in wanted:
            wanted.add(name)
            queue += known[name].needs
    return [suite for suite in SUITES if suite.name in wanted]
