# SPDX-License-Identifier: BSD-2-Clause
"""Filters and options, by themselves and through a namespace."""
from __future__ import annotations

from typing import Any

import pytest

from shortcuts import filesystem, names, refused, user
from truenas_sim import query
from truenas_sim.client import Client
from truenas_sim.errors import MatchNotFound

ROWS = [
    {"id": 1, "name": "alpha", "tags": ["x", "y"], "size": {"raw": 10},
     "a.b": {"v": "dot"}, "when": {"$date": 1700000000000}},
    {"id": 2, "name": "Beta", "tags": [], "size": {"raw": 30},
     "disks": [{"n": "sda"}, {"n": "sdb"}]},
    {"id": 3, "name": "gamma", "tags": ["y"], "size": {"raw": 20},
     "none": None},
]


def found(*filters: Any, **options: Any) -> list:
    return [row["id"] for row in query.run(ROWS, list(filters), options)]


@pytest.mark.parametrize("test, ids", [
    (["id", "=", 2], [2]), (["id", "!=", 2], [1, 3]),
    (["id", ">", 1], [2, 3]), (["id", ">=", 3], [3]),
    (["id", "<", 2], [1]), (["id", "<=", 2], [1, 2]),
    (["name", "~", "al|ga"], [1, 3]), (["name", "~", "lpha"], []),
    (["id", "in", [1, 3]], [1, 3]), (["id", "nin", [1, 3]], [2]),
    (["tags", "rin", "y"], [1, 3]), (["tags", "rnin", "y"], [2]),
    (["name", "^", "al"], [1]), (["name", "!^", "al"], [2, 3]),
    (["name", "$", "ma"], [3]), (["name", "!$", "ma"], [1, 2]),
    (["name", "C=", "BETA"], [2]), (["name", "C^", "B"], [2]),
    (["name", "Cin", ["ALPHA"]], [1]),
    (["size.raw", ">", 15], [2, 3]), (["a\\.b.v", "=", "dot"], [1]),
    (["disks.*.n", "=", "sdb"], [2]), (["disks.0.n", "=", "sda"], [2]),
    (["none", "=", None], [3]), (["absent", "!=", 1], []),
    (["name", ">", 3], []),
    (["when.$date", ">", "2023-01-01T00:00:00+00:00"], [1]),
])
def test_operators(test: list, ids: list) -> None:
    assert found(test) == ids


def test_filters_are_all_to_hold() -> None:
    assert found(["id", ">", 1], ["tags", "rin", "y"]) == [3]


def test_or_takes_filters_and_lists_of_filters() -> None:
    assert found(["OR", [["id", "=", 1],
                         [["id", ">", 1], ["name", "^", "g"]]]]) == [1, 3]


def test_or_in_or() -> None:
    assert found(["OR", [["OR", [["id", "=", 1], ["id", "=", 2]]],
                         ["id", "=", 3]]]) == [1, 2, 3]


def test_or_nested_too_deep_is_refused() -> None:
    deep: list = ["id", "=", 1]
    for _ in range(6):
        deep = ["OR", [deep]]
    with pytest.raises(ValueError):
        query.compile_filters([deep])


@pytest.mark.parametrize("order_by, ids", [
    (["-id"], [3, 2, 1]), (["size.raw"], [1, 3, 2]),
    (["nulls_first:none", "-id"], [3, 2, 1]),
    (["nulls_last:when", "-id"], [1, 3, 2])])
def test_order(order_by: list, ids: list) -> None:
    assert found(order_by=order_by) == ids


def test_offset_and_limit() -> None:
    assert found(offset=1, limit=1) == [2]


def test_count_and_get() -> None:
    assert query.run(ROWS, [], {"count": True}) == 3
    assert query.run(ROWS, [["id", "=", 2]], {"get": True})["name"] == "Beta"
    with pytest.raises(MatchNotFound):
        query.run(ROWS, [["id", "=", 9]], {"get": True})


def test_select_paths_and_aliases() -> None:
    assert query.run(ROWS, [["id", "=", 1]], {
        "select": ["id", "size.raw", ["name", "label"], "absent"]}) == [
        {"id": 1, "size": {"raw": 10}, "label": "alpha"}]


def test_get_without_a_row_is_match_not_found(api: Client) -> None:
    error = refused(api, "sharing.nfs.query", [["id", "=", 99]],
                    {"get": True})
    assert (error.code, error.errno, error.reason) == (
        -32001, 22, "MatchNotFound()")
    assert error.error["data"]["trace"]["class"] == "MatchNotFound"


def test_datasets_by_user_property(api: Client) -> None:
    filesystem(api, "a", user_properties=user("a", "scale-nfs"))
    rows = api.call(
        "pool.dataset.query",
        [["user_properties.truenas-csi:csi_volume_id.value", "=",
          "scale-nfs:tank/k8s/a"]],
        {"select": ["id", ["available.parsed", "room"]],
         "extra": {"retrieve_children": False}})
    assert [r["id"] for r in rows] == ["tank/k8s/a"]
    assert type(rows[0]["room"]) is int


def test_dataset_count_ignores_filters_on_25_10(api: Client) -> None:
    everything = api.call("pool.dataset.query", [], {"count": True})
    assert everything > 5
    assert api.call("pool.dataset.query", [["id", "=", "tank"]],
                    {"count": True}) == everything


def test_datasets_carry_their_children_unless_told_not_to(
        api: Client) -> None:
    filesystem(api, "a")
    filesystem(api, "a/b")
    row = api.call("pool.dataset.query", [["id", "=", "tank/k8s/a"]],
                   {"get": True})
    assert names(row["children"]) == ["tank/k8s/a/b"]
    row = api.call("pool.dataset.query", [["id", "=", "tank/k8s/a"]],
                   {"get": True, "extra": {"retrieve_children": False}})
    assert row["children"] == []


def test_nested_datasets_only_without_filters(api: Client) -> None:
    rows = api.call("pool.dataset.query", [], {"extra": {"flat": False}})
    assert names(rows) == ["tank"]
    rows = api.call("pool.dataset.query", [["type", "=", "FILESYSTEM"]],
                    {"extra": {"flat": False}})
    assert len(rows) > 5


def test_properties_asked_for(api: Client) -> None:
    row = api.call("pool.dataset.query", [["id", "=", "tank"]],
                   {"get": True, "extra": {"properties": [],
                                           "retrieve_user_props": False,
                                           "retrieve_children": False}})
    assert "used" not in row and row["user_properties"] == {}
    row = api.call("pool.dataset.query", [["id", "=", "tank"]],
                   {"get": True, "extra": {"properties": ["used"],
                                           "retrieve_children": False}})
    assert "used" in row and "available" not in row
