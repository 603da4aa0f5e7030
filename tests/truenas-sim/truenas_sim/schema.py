# SPDX-License-Identifier: BSD-2-Clause
"""Checks positional parameters against the published schemas of a release.

Each schema is compiled once into closures `check(value, path, errors)` which
return the value with its defaults filled in.  Types are strict, unknown keys
are refused, and the attribute paths are those of the NAS's own models.
"""
from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Callable

from . import checks
from .errors import ValidationErrors

Trail = tuple
Errors = list[tuple[Trail, str]]
Check = Callable[[Any, Trail, Errors], Any]

# middleware api/base/types/string.py: the cap of a string without its own
STRING_CAP = 1024


class Schemas:
    """The compiled parameter checks of one release."""

    def __init__(self, path: Path) -> None:
        with open(path) as source:
            raw = json.load(source)
        self.api: str = raw["api"]
        self.rows: dict[str, list[str]] = raw["rows"]
        self._raw: dict[str, dict] = raw["methods"]
        self._query: dict = raw["query"]["params"]
        self._compiled: dict[str, "Params"] = {}

    def is_job(self, method: str) -> bool:
        """Whether the release declares the method a job."""
        return bool(self._raw.get(method, {}).get("job"))

    def has(self, method: str) -> bool:
        """Whether the release publishes parameters for the method."""
        return method in self._raw

    def params(self, method: str) -> "Params":
        """The check for a method; query methods share the general one."""
        found = self._compiled.get(method)
        if found is None:
            if method in self._raw:
                schema = self._raw[method]["params"]
            elif method.endswith(".get_instance"):
                schema = _get_instance_schema(self._query)
            elif method.endswith(".config"):
                schema = {"prefixItems": []}
            else:
                schema = self._query
            found = self._compiled[method] = Params(schema)
        return found


def _get_instance_schema(query: dict) -> dict:
    # middleware service/crud_service.py: get_instance(id, options)
    options = query["prefixItems"][1]
    return {"prefixItems": [{"x-name": "id"}, options],
            "$defs": query["$defs"]}


class Params:
    """The positional parameters of one method."""

    def __init__(self, schema: dict) -> None:
        compiler = _Compiler(schema.get("$defs", {}))
        self._names: list[str] = []
        self._checks: list[Check] = []
        self._defaults: list[tuple[bool, Any]] = []
        required = schema.get("minItems", 0)
        for index, item in enumerate(schema.get("prefixItems", [])):
            name = item["x-name"]
            self._names.append(name)
            check = compiler.compile(item)
            extra = checks.PARAM_CHECKS.get(name)
            if extra:
                check = _with_extra(check, extra)
            self._checks.append(check)
            self._defaults.append((index < required, item.get("default", {})))

    def validate(self, values: list) -> list:
        """The parameters with defaults; ValidationErrors if refused."""
        expected, found = len(self._names), len(values)
        if found > expected:
            # middleware api/base/handler/accept.py
            text = (f"Too many arguments (expected {expected}, "
                    f"found {found})")
            raise ValidationErrors([("", text, 22)])
        errors: Errors = []
        ready = []
        for index, name in enumerate(self._names):
            required, default = self._defaults[index]
            if index < found:
                value = values[index]
            elif required:
                errors.append(((name,), "Field required"))
                continue
            else:
                value = default
            ready.append(self._checks[index](value, (name,), errors))
        if errors:
            raise ValidationErrors([
                (".".join(str(part) for part in path), text, 22)
                for path, text in errors])
        return ready


def _with_extra(check: Check, extra: Callable[[Any], str | None]) -> Check:
    def run(value: Any, path: Trail, errors: Errors) -> Any:
        before = len(errors)
        value = check(value, path, errors)
        if len(errors) == before:
            text = extra(value)
            if text:
                errors.append((path, text))
        return value
    return run


def _listed(values: list) -> str:
    shown = [repr(v) for v in values]
    if len(shown) == 1:
        return shown[0]
    return ", ".join(shown[:-1]) + " or " + shown[-1]


def _same(a: Any, b: Any) -> bool:
    return type(a) is type(b) and a == b


class _Compiler:
    """Turns one method's schema into closures."""

    def __init__(self, defs: dict) -> None:
        self._defs = defs
        self._done: dict[str, Check] = {}

    def compile(self, schema: dict) -> Check:
        if "$ref" in schema:
            return self._model(schema["$ref"].rsplit("/", 1)[1])
        if "discriminator" in schema:
            return self._tagged(schema)
        if "anyOf" in schema:
            return self._union(schema["anyOf"])
        if "const" in schema:
            return _literal([schema["const"]])
        if "enum" in schema:
            return _literal(schema["enum"])
        kind = schema.get("type")
        if kind == "string":
            return _string(schema)
        if kind in ("integer", "number"):
            return _number(schema, kind)
        if kind == "boolean":
            return _boolean
        if kind == "null":
            return _null
        if kind == "array":
            return self._array(schema)
        if kind == "object":
            return self._mapping(schema)
        if "x-unrepresentable" in schema:
            return _never_given
        return _anything

    def _model(self, name: str) -> Check:
        if name not in self._done:
            self._done[name] = self._object(name, self._defs[name])
        return self._done[name]

    def _object(self, name: str, schema: dict) -> Check:
        fields: list[tuple[str, Check, bool, bool, Any]] = []
        required = set(schema.get("required", ()))
        for key, sub in schema.get("properties", {}).items():
            special = checks.STRING_VARIANTS.get((name, key))
            if special:
                check = self._union(sub["anyOf"], *special)
            else:
                check = self.compile(sub)
            extra = checks.FIELD_CHECKS.get((name, key))
            if extra:
                check = _with_extra(check, extra)
            fields.append((key, check, key in required, "default" in sub,
                           sub.get("default")))
        known = {field[0] for field in fields}
        closed = schema.get("additionalProperties") is False
        whole = checks.MODEL_CHECKS.get(name)
        text = f"Input should be a valid dictionary or instance of {name}"

        def run(value: Any, path: Trail, errors: Errors) -> Any:
            if type(value) is not dict:
                errors.append((path, text))
                return value
            before = len(errors)
            out: dict[str, Any] = {}
            for key, check, needed, defaulted, default in fields:
                if key in value:
                    out[key] = check(value[key], path + (key,), errors)
                elif needed:
                    errors.append((path + (key,), "Field required"))
                elif defaulted:
                    out[key] = _fresh(default)
            for key in value:
                if key not in known:
                    if closed:
                        errors.append((path + (key,),
                                       "Extra inputs are not permitted"))
                    else:
                        out[key] = value[key]
            if whole and len(errors) == before:
                problem = whole(out)
                if problem:
                    errors.append((path, problem))
            return out
        return run

    def _mapping(self, schema: dict) -> Check:
        inner = schema.get("additionalProperties")
        check = self.compile(inner) if isinstance(inner, dict) else None

        def run(value: Any, path: Trail, errors: Errors) -> Any:
            if type(value) is not dict:
                errors.append((path, "Input should be a valid dictionary"))
            elif check:
                for key, item in value.items():
                    check(item, path + (key,), errors)
            return value
        return run

    def _array(self, schema: dict) -> Check:
        items = schema.get("items")
        check = self.compile(items) if isinstance(items, dict) else _anything
        least, most = schema.get("minItems", 0), schema.get("maxItems")
        unique = schema.get("uniqueItems", False)

        def run(value: Any, path: Trail, errors: Errors) -> Any:
            if type(value) is not list:
                errors.append((path, "Input should be a valid list"))
                return value
            out = [check(item, path + (index,), errors)
                   for index, item in enumerate(value)]
            size = len(value)
            if size < least:
                errors.append((path, f"List should have at least {least} "
                                     f"{_plural('item', least)} after "
                                     f"validation, not {size}"))
            if most is not None and size > most:
                errors.append((path, f"List should have at most {most} "
                                     f"{_plural('item', most)} after "
                                     f"validation, not {size}"))
            if unique and any(item in value[:index]
                              for index, item in enumerate(value)):
                errors.append((path, "List must be unique"))
            return out
        return run

    def _union(self, variants: list[dict], string_label: str = "",
               string_check: Callable[[Any], str | None] | None = None
               ) -> Check:
        others = [v for v in variants if v.get("type") != "null"]
        nullable = len(others) != len(variants)
        compiled = [(_label(v), self.compile(v)) for v in others]
        if string_check:
            compiled[-1] = (string_label,
                            _with_extra(compiled[-1][1], string_check))
        single = compiled[0][1] if len(compiled) == 1 else None

        def run(value: Any, path: Trail, errors: Errors) -> Any:
            if value is None and nullable:
                return None
            if single:
                return single(value, path, errors)
            refused: Errors = []
            for label, check in compiled:
                mine: Errors = []
                out = check(value, path + (label,), mine)
                if not mine:
                    return out
                refused += mine
            errors.extend(refused)
            return value
        return run

    def _tagged(self, schema: dict) -> Check:
        key = schema["discriminator"]["propertyName"]
        mapping = {tag: self.compile({"$ref": ref}) for tag, ref in
                   schema["discriminator"]["mapping"].items()}
        order = []
        for variant in schema["oneOf"]:
            order += [tag for tag, ref in
                      schema["discriminator"]["mapping"].items()
                      if ref == variant["$ref"]]
        shown = ", ".join(checks.tag_text(key, tag) for tag in order)

        def run(value: Any, path: Trail, errors: Errors) -> Any:
            if type(value) is not dict:
                errors.append((path, "Input should be a valid dictionary or "
                                     "object to extract fields from"))
                return value
            if key not in value:
                errors.append((path, "Unable to extract tag using "
                                     f"discriminator '{key}'"))
                return value
            tag = value[key]
            check = mapping.get(tag) if isinstance(tag, str) else None
            if check is None:
                errors.append((path, f"Input tag '{tag}' found using '{key}' "
                                     "does not match any of the expected "
                                     f"tags: {shown}"))
                return value
            return check(value, path + (tag,), errors)
        return run


def _fresh(default: Any) -> Any:
    if type(default) is list:
        return list(default)
    if type(default) is dict:
        return dict(default)
    return default


def _label(schema: dict) -> str:
    """The component a union's variant adds to the attribute path."""
    if "$ref" in schema:
        return schema["$ref"].rsplit("/", 1)[1]
    if "const" in schema:
        return f"literal[{schema['const']!r}]"
    if "enum" in schema:
        return f"literal[{','.join(repr(v) for v in schema['enum'])}]"
    if "x-unrepresentable" in schema:
        return "is-instance[_NotRequired]"
    kind = schema.get("type")
    if kind == "integer":
        bounded = {"minimum", "maximum"} & schema.keys()
        return "constrained-int" if bounded else "int"
    return {"string": "constrained-str", "boolean": "bool", "array": "list",
            "object": "dict"}.get(kind, "any")


def _plural(word: str, count: int) -> str:
    return word if count == 1 else word + "s"


def _anything(value: Any, path: Trail, errors: Errors) -> Any:
    return value


def _never_given(value: Any, path: Trail, errors: Errors) -> Any:
    # middleware api/base/model.py [25.10]: the sentinel of an absent field
    errors.append((path, "Input should be an instance of _NotRequired"))
    return value


def _boolean(value: Any, path: Trail, errors: Errors) -> Any:
    if type(value) is not bool:
        errors.append((path, "Input should be a valid boolean"))
    return value


def _null(value: Any, path: Trail, errors: Errors) -> Any:
    if value is not None:
        errors.append((path, "Input should be None"))
    return value


def _literal(allowed: list) -> Check:
    text = f"Input should be {_listed(allowed)}"
    strings = (frozenset(allowed) if all(type(v) is str for v in allowed)
               else None)

    def run(value: Any, path: Trail, errors: Errors) -> Any:
        if strings is not None:
            fits = type(value) is str and value in strings
        else:
            fits = any(_same(value, option) for option in allowed)
        if not fits:
            errors.append((path, text))
        return value
    return run


def _string(schema: dict) -> Check:
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    cap = STRING_CAP if most is None else most
    pattern = schema.get("pattern")
    match = re.compile(pattern).search if pattern else None

    def run(value: Any, path: Trail, errors: Errors) -> Any:
        if type(value) is not str:
            errors.append((path, "Input should be a valid string"))
        elif len(value) < least:
            errors.append((path, f"String should have at least {least} "
                                 f"{_plural('character', least)}"))
        elif len(value) > cap:
            errors.append((path, f"Value should have at most {cap} items "
                                 f"after validation, not {len(value)}"))
        elif match and not match(value):
            errors.append((path, f"String should match pattern '{pattern}'"))
        return value
    return run


def _number(schema: dict, kind: str) -> Check:
    least, most = schema.get("minimum"), schema.get("maximum")
    above, below = (schema.get("exclusiveMinimum"),
                    schema.get("exclusiveMaximum"))
    types = (int,) if kind == "integer" else (int, float)
    text = f"Input should be a valid {kind}"

    def run(value: Any, path: Trail, errors: Errors) -> Any:
        if type(value) not in types:
            errors.append((path, text))
        elif least is not None and value < least:
            errors.append((path, "Input should be greater than or equal to "
                                 f"{least}"))
        elif most is not None and value > most:
            errors.append((path, "Input should be less than or equal to "
                                 f"{most}"))
        elif above is not None and value <= above:
            errors.append((path, f"Input should be greater than {above}"))
        elif below is not None and value >= below:
            errors.append((path, f"Input should be less than {below}"))
        return value
    return run
