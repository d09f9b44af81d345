"""What is asked of the process that loads a plugin, and asking it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec

import api
from api.partner_kit.locate import Located
from core.errors import PluginError
from plugins.conformance.contract import Contract
from plugins.conformance.fault import Fault
from plugins.spec import Manifest

SECONDS_MAX = 60
"""How long a plugin may take to be judged; far above what one needs."""

_FRAME = re.compile(r'File "(?P<path>[^"]+)", line (?P<line>\d+)')
_GRACE_SECONDS = 10


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """``what`` is contract or describe. ``is_watched``: see every call, at three times the time."""

    what: str
    module: str
    folders: tuple[str, ...] = ()
    is_watched: bool = False
    seconds: float = SECONDS_MAX


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: a judgement, or what the plugin states as plain values, by hook.

    ``files`` are SHA-256 by path. ``rule_count``: under its default settings.
    """

    contract: Contract | None = None
    manifest: Manifest | None = None
    rule_count: int = 0
    stated: dict[str, list[dict[str, Any]]] = {}
    files: dict[str, str] = {}


class Child:
    """One question on its way, in a process of its own."""

    def __init__(self, plugin: Located, asked: Asked, *, hash_seed: int = 0) -> None:
        folders = (str(plugin.folder),) if plugin.folder else ()
        self._asked = msgspec.structs.replace(asked, module=plugin.module, folders=folders)
        self._plugin = plugin
        self._place = tempfile.TemporaryDirectory(prefix="claimwright-kit-")
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-B", "-m", "api.partner_kit.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self._place.name,
            env=_environment(hash_seed),
        )
        # At once, so that several work at a time.
        assert self._process.stdin is not None
        with self._process.stdin as request:
            request.write(msgspec.json.encode(self._asked))
        self._process.stdin = None

    def answer(self) -> Answered:
        """Wait for it; a process that ended without an answer is a fault of the plugin."""
        try:
            out, told = self._process.communicate(timeout=self._asked.seconds + _GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            out, told = b"", self._process.communicate()[1]
        finally:
            self._place.cleanup()
        try:
            return msgspec.json.decode(out, type=Answered)
        except msgspec.MsgspecError:
            fault = _ended(told.decode("utf-8", "replace"), self._plugin, self._asked.seconds)
            return Answered(contract=Contract(faults=(fault,)))


def _environment(hash_seed: int) -> dict[str, str]:
    """Nothing of the caller's: no home, no keys, no proxies. Our own packages, where they lie."""
    home = str(Path(api.__file__).resolve().parent.parent)
    return {"PYTHONPATH": home, "PYTHONHASHSEED": str(hash_seed), "LANG": "C.UTF-8"}


def _ended(told: str, plugin: Located, seconds: float) -> Fault:
    where = _place(told, plugin)
    if "Timeout" in told or not told:
        said = f"did not come to an end within {seconds:g} s; a rule looks at a claim and answers"
    elif "MemoryError" in told:
        said = "takes more memory than there is; a rule looks at a claim and answers"
    else:
        said = "ended the process it ran in; a rule looks at a claim and answers"
    return Fault(check="ends", where=where, message=said)


def _place(told: str, plugin: Located) -> str:
    """The innermost line of the plugin's own on a stack that was written as the process ended."""
    own = f"{os.sep}{plugin.module.rpartition('.')[2]}{os.sep}"
    for found in _FRAME.finditer(told):
        _, is_own, inside = found["path"].rpartition(own)
        if is_own:
            return f"{own.strip(os.sep)}/{inside}:{found['line']}"
    return ""


def describe(plugin: Located) -> Answered:
    """What ``plugin`` states; ``PluginError`` when it cannot be loaded."""
    answered = Child(plugin, Asked(what="describe", module="")).answer()
    if answered.manifest is None:
        faults = answered.contract.faults if answered.contract else ()
        raise PluginError(plugin.name, str(faults[0]) if faults else "cannot be loaded")
    return answered
