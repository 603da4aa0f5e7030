# SPDX-License-Identifier: BSD-2-Clause
"""What a call can fail with, and the JSON each failure is answered with."""
from __future__ import annotations

import errno as errnos
from typing import Any

# middleware api/base/server/ws_handler/rpc.py:JSONRPCError
PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
TOO_MANY_CALLS = -32000
CALL_ERROR = -32001

# middleware service_exception.py: the numbers it adds to errno
ENOMETHOD = 201
ESERVICESTARTFAILURE = 202
ENOTAUTHENTICATED = 207
_OWN_NAMES = {
    201: "ENOMETHOD", 202: "ESERVICESTARTFAILURE",
    203: "EALERTCHECKERUNAVAILABLE", 204: "EREMOTENODEERROR",
    205: "EDATASETISLOCKED", 206: "EINVALIDRRDTIMESTAMP",
    207: "ENOTAUTHENTICATED", 208: "ESSLCERTVERIFICATIONERROR",
    209: "EREBOOTREQUIRED", 210: "EHAUNAVAILABLE",
}


def errname(number: int) -> str:
    """The symbolic name the NAS prints for an errno."""
    if number in _OWN_NAMES:
        return _OWN_NAMES[number]
    return errnos.errorcode.get(number, "EUNKNOWN")


class NasError(Exception):
    """A failure the caller sees as a JSON-RPC error object."""

    code = CALL_ERROR
    message = "Method call error"
    # The Python class the NAS names in its trace.
    trace_class = "CallError"

    def data(self) -> tuple[int, str, Any]:
        """errno, reason and extra of the error object."""
        raise NotImplementedError

    def to_json(self, method: str = "", params: Any = None) -> dict:
        """The error object; like the NAS's it carries the arguments."""
        number, reason, extra = self.data()
        return {
            "code": self.code,
            "message": self.message,
            "data": {
                "error": number,
                "errname": errname(number),
                "reason": reason,
                "trace": self._trace(method, params, reason),
                "extra": extra,
            },
        }

    def _trace(self, method: str, params: Any, reason: str) -> dict:
        # middleware api/base/server/ws_handler/rpc.py [25.10]: frames carry
        # the locals, so secrets and paths given as arguments are in here.
        return {
            "class": self.trace_class,
            "frames": [{
                "filename": "middlewared/utils/service/call.py",
                "lineno": 171,
                "method": "call_method",
                "line": "result = await methodobj(*prepared_call.args)",
                "locals": {"name": repr(method), "params": repr(params)},
            }],
            "formatted": "Traceback (most recent call last):\n"
                         f"  in {method}({params!r})\n"
                         f"{self.trace_class}: {reason}\n",
            "repr": f"{self.trace_class}({reason!r})",
        }


class CallError(NasError):
    """A refusal by a method's body; errno defaults to EFAULT as the NAS's."""

    def __init__(self, text: str, number: int = errnos.EFAULT,
                 extra: Any = None) -> None:
        super().__init__(text)
        self.text, self.number, self.extra = text, number, extra

    def data(self) -> tuple[int, str, Any]:
        return (self.number, f"[{errname(self.number)}] {self.text}",
                self.extra)


class ValidationErrors(NasError):
    """Refused arguments: a list of (attribute, message, errno)."""

    code = INVALID_PARAMS
    message = "Invalid params"
    trace_class = "ValidationErrors"

    def __init__(self, errors: list[tuple[str | None, str, int]]) -> None:
        super().__init__(str(errors))
        self.errors = errors

    def data(self) -> tuple[int, str, Any]:
        lines = [f"[{errname(n)}] {a}: {m}" for a, m, n in self.errors]
        return (errnos.EINVAL, "\n".join(lines) + "\n",
                [list(e) for e in self.errors])


class Invalid(ValidationErrors):
    """One refused attribute."""

    def __init__(self, attribute: str | None, text: str,
                 number: int = errnos.EINVAL) -> None:
        super().__init__([(attribute, text, number)])


class InstanceNotFound(Invalid):
    """No row of that id."""

    # middleware service/crud_service.py: get_instance; [null, text, 2]
    trace_class = "InstanceNotFound"

    def __init__(self, verbose_name: str, ident: Any) -> None:
        super().__init__(None, f"{verbose_name} {ident} does not exist",
                         errnos.ENOENT)


class PythonError(NasError):
    """Any other exception inside the NAS: EINVAL and the bare text."""

    def __init__(self, trace_class: str, text: str) -> None:
        super().__init__(text)
        self.trace_class, self.text = trace_class, text

    def data(self) -> tuple[int, str, Any]:
        return errnos.EINVAL, self.text, None


class MatchNotFound(PythonError):
    """`get: true` without a row."""

    def __init__(self) -> None:
        # middleware utils/filter_list.py: MatchNotFound
        super().__init__("MatchNotFound", "MatchNotFound()")


class Collected:
    """Gathers validation errors; the NAS reports all it finds at once."""

    def __init__(self) -> None:
        self.errors: list[tuple[str | None, str, int]] = []

    def add(self, attribute: str, text: str,
            number: int = errnos.EINVAL) -> None:
        self.errors.append((attribute, text, number))

    def check(self) -> None:
        """Raises what was gathered, if anything was."""
        if self.errors:
            raise ValidationErrors(self.errors)


def bare_error(code: int, message: str) -> dict:
    """An error object without data: transport level refusals."""
    return {"code": code, "message": message}
