# SPDX-License-Identifier: BSD-2-Clause
"""The API's namespaces, one file each."""
from __future__ import annotations

import importlib
import pkgutil


def load() -> None:
    """Imports every namespace; each registers its methods."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
