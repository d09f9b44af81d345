"""What a plugin's code does while it runs that its text does not show: watched from inside.

For its author, who learns where it happens; what keeps a stranger's code in is the fence of the
operating system (``plugins.confined``). Only used in a process of its own: such a watch cannot be
taken off again.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from plugins.conformance.code import PluginCode
from plugins.conformance.fault import Fault

_REACHES = {
    "socket": "the network", "urllib": "the network", "http": "the network",
    "ftplib": "the network",
    "smtplib": "the network", "subprocess": "other programs", "os": "the operating system",
    "shutil": "files", "tempfile": "files", "ctypes": "the machine", "sqlite3": "files",
    "glob": "files", "pathlib": "files", "fcntl": "files", "signal": "signals",
}  # fmt: skip
_OWN_DATA = ("/plugins/tables.py", "/importlib/resources/", "importlib._bootstrap", "importlib/")

_MODULES = {
    "random": "draws at random", "secrets": "draws at random", "uuid": "draws at random",
    "os": "asks the operating system", "socket": "asks the network", "time": "reads the clock",
    "subprocess": "starts a program", "tempfile": "makes a file", "locale": "asks the environment",
}  # fmt: skip
_CLOCKS = frozenset({"now", "today", "utcnow", "time", "monotonic", "perf_counter", "localtime"})
_PURE = frozenset({"fspath", "uuid3", "uuid5"})


class Tripwires:
    """Faults found while the plugin ran, each with its place."""

    def __init__(self, code: PluginCode) -> None:
        self._code = code
        self.found: list[Fault] = []
        self._is_busy = False
        sys.addaudithook(self._audit)

    def _trip(self, where: str, message: str) -> None:
        fault = Fault(check="reaches", where=where, message=message)
        if fault not in self.found:
            self.found.append(fault)

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self._is_busy:
            return
        top = event.partition(".")[0]
        if event != "open" and top not in _REACHES:
            return
        self._is_busy = True
        try:
            where, is_own_data = self._caller()
        finally:
            self._is_busy = False
        if not where or (is_own_data and (event == "open" or top == "os") and _is_read(arguments)):
            return
        what = "files" if event == "open" else _REACHES[top]
        self._trip(where, f"reaches for {what} while it runs; a rule is given all it may know")
        raise PermissionError("not for a plugin")

    def _caller(self) -> tuple[str, bool]:
        """Where the plugin's own code stands on the stack, and whether it is reading its data."""
        frame: FrameType | None = sys._getframe(2)
        is_own_data = False
        while frame is not None:
            name = frame.f_code.co_filename
            if where := self._code.place_of_frame(name, frame.f_lineno):
                return where, is_own_data
            is_own_data = is_own_data or any(part in name for part in _OWN_DATA)
            frame = frame.f_back
        return "", False

    @contextmanager
    def watching_calls(self) -> Iterator[None]:
        """Also see calls that no audit event tells of: clocks, randomness, the environment."""
        sys.setprofile(self._profile)
        try:
            yield
        finally:
            sys.setprofile(None)

    def _profile(self, frame: FrameType, event: str, argument: Any) -> None:
        if event == "c_call":
            what = _built_in(argument)
            caller: FrameType | None = frame
        elif event == "call":
            module = str(frame.f_globals.get("__name__", ""))
            is_pure = frame.f_code.co_name in _PURE
            what = "" if is_pure else _MODULES.get(module, "")
            caller = frame.f_back
        else:
            return
        if what and caller is not None:
            where = self._code.place_of_frame(caller.f_code.co_filename, caller.f_lineno)
            if where:
                self._trip(where, f"{what} while it runs; a rule is given all it may know")


def _built_in(function: Any) -> str:
    owner = getattr(function, "__self__", None)
    name = getattr(function, "__name__", "")
    kind = type(owner).__name__
    module = str(getattr(owner, "__name__", "")) if kind in {"module", "type"} else kind
    if module in {"datetime", "date", "time"} and name in _CLOCKS:
        return "reads the clock"
    if module in {"Random", "SystemRandom"}:
        return "draws at random"
    if module in {"posix", "nt"} and name not in _PURE:
        return "asks the operating system"
    return (
        "asks for a hash or an address" if module == "builtins" and name in {"hash", "id"} else ""
    )


def _is_read(arguments: tuple[Any, ...]) -> bool:
    """Whether an ``open`` only reads; other events have no mode."""
    mode = arguments[1] if len(arguments) > 1 else "r"
    return not isinstance(mode, str) or not set(mode) & set("wax+")
