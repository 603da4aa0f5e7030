# SPDX-License-Identifier: BSD-2-Clause
"""Reduces an export of the NAS's API schemas to what the simulator reads.

Kept: the parameters of each method, whether it is a job, the roles, and the
field names of each namespace's rows.  The order in which a model declares its
fields, which decides the order of validation errors, is not in a JSON schema;
it comes from a listing of the models (`class  [file]`, then one field a line).

    reduce.py EXPORT.json MODELS.txt >v25.10.5.json
"""
import json
import re
import sys

NAMESPACES = (
    "alert.list", "auth.", "core.", "failover.", "filesystem.", "interface.",
    "iscsi.", "nfs.", "nvmet.", "pool.dataset.", "pool.snapshot.",
    "replication.run_onetime", "service.", "sharing.nfs.", "system.",
    "zfs.resource.",
)
SKIPPED = ("filesystem.acltemplate", "system.general", "core.debug")


def field_order(listing: str) -> dict[str, list[str]]:
    """The fields of each class in the order its first listing gives."""
    order: dict[str, list[str]] = {}
    fields: list[str] | None = None
    for line in listing.splitlines():
        head = re.match(r"## \S+ (\w+)", line)
        if head:
            fields = None
            if head[1] not in order and "[" in line:
                fields = order[head[1]] = []
        elif fields is not None:
            field = re.match(r"\s+(\w+):", line)
            if field:
                fields.append(field[1])
    return order


def arrange(params: dict, order: dict[str, list[str]]) -> dict:
    """The same parameters with each model's properties in declared order."""
    for name, model in params.get("$defs", {}).items():
        known = model.get("x-field-order") or order.get(name)
        properties = model.get("properties")
        if not known or not properties:
            continue
        names = [f for f in known if f in properties]
        names += [f for f in properties if f not in names]
        model["properties"] = {f: properties[f] for f in names}
    return params


def compact(value: dict) -> str:
    """JSON on one line, so that a change of one method is one line."""
    return json.dumps(value, separators=(",", ":"))


def main() -> int:
    """Writes the reduced schemas to standard output."""
    with open(sys.argv[1]) as source:
        export = json.load(source)
    with open(sys.argv[2]) as source:
        order = field_order(source.read())
    methods, rows = {}, {}
    for name, method in sorted(export["methods"].items()):
        if "entry" in method:
            rows[name] = list(method["entry"].get("properties", {}))
        if not name.startswith(NAMESPACES) or name.startswith(SKIPPED):
            continue
        if "params" not in method:
            continue
        kept = {"params": arrange(method["params"], order)}
        for key in ("job", "roles"):
            if key in method:
                kept[key] = method[key]
        methods[name] = kept
    print("{" + f'"api":{json.dumps(export["api"])},')
    print(f'"query":{compact(export["query"])},')
    print(f'"rows":{compact(rows)},')
    print('"methods":{')
    print(",\n".join(f"{json.dumps(name)}:{compact(method)}"
                     for name, method in methods.items()))
    print("}}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
