# SPDX-License-Identifier: BSD-2-Clause
"""The form that every sentence for a user has."""
from __future__ import annotations


def assert_sentence(text: str, *words: str) -> None:
    """One sentence within bounds, that says what it must."""
    assert text and len(text.encode()) <= 900, text
    assert "\n" not in text and not text.endswith("."), text
    assert text[0] == "'" or not text[0].isupper(), text
    missing = [word for word in words if word not in text]
    assert not missing, f"'{text}' does not say {missing}"
