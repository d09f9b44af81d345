"""The process in which the kit loads a plugin: ``python -m api.partner_kit.child``.

One request as JSON on standard input, one answer as JSON on standard output. What the plugin itself
prints goes elsewhere. The process may use so much memory and time and no more, and where it is
stopped says where it was.
"""

from __future__ import annotations

import faulthandler
import inspect
import os
import resource
import sys
import time
from functools import partial
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

from api.partner_kit.asked import Answered, Asked
from api.partner_kit.tripwires import Tripwires
from core.errors import ClaimwrightError
from core.rules.rule import Rule
from core.rules.rulebook import described
from plugins.checks import COLLECTED
from plugins.conformance.code import NO_CODE, PluginCode, code_in, code_of
from plugins.conformance.contract import Bench, Contract, contract
from plugins.conformance.fault import Fault
from plugins.conformance.settings import variants
from plugins.host import BUILT_IN, EnabledPlugin, PluginHost, load

MEMORY_BYTES_MAX = 2 << 30


def main() -> None:
    """Answer one request."""
    answers = os.dup(1)
    os.dup2(2, 1)
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=Asked)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    faulthandler.dump_traceback_later(asked.seconds, exit=True)
    answer = _answer(asked)
    faulthandler.cancel_dump_traceback_later()
    with os.fdopen(answers, "wb") as out:
        out.write(msgspec.json.encode(answer))


def _answer(asked: Asked) -> Answered:
    for folder in asked.folders:
        sys.path.insert(0, folder)
    sys.dont_write_bytecode = True
    code = _code(asked)
    if asked.what == "contract":
        return _judged(asked, code)
    module, fault = _imported(asked.module, code)
    if module is None:
        return Answered(contract=Contract(faults=(fault,) if fault else ()))
    try:
        return _described(module, code)
    except ClaimwrightError as error:
        said = Fault(check="contract", message=error.message)
        return Answered(contract=Contract(faults=(said,)))


def _judged(asked: Asked, code: PluginCode) -> Answered:
    # Our own modules are loaded before anything is watched.
    watch = Tripwires(code)
    if asked.is_watched:
        with watch.watching_calls():
            module, fault = _imported(asked.module, code)
        bench = Bench(watched=watch.watching_calls, clock=time.thread_time)
    else:
        module, fault = _imported(asked.module, code)
        bench = Bench(clock=time.thread_time)
    found = contract(module, bench) if module else Contract(faults=(fault,) if fault else ())
    return Answered(contract=msgspec.structs.replace(found, faults=(*found.faults, *watch.found)))


def _imported(name: str, code: PluginCode) -> tuple[ModuleType | None, Fault | None]:
    """The module; or why it cannot be imported, in its own words: no claim was near yet."""
    try:
        return import_module(name), None
    except (Exception, SystemExit) as error:
        said = error.message if isinstance(error, ClaimwrightError) else str(error)
        return None, Fault(
            check="import",
            where=code.place_of_error(error.__traceback__),
            message=f"cannot be imported: {type(error).__name__}: {said[:300]}",
        )


def _code(asked: Asked) -> PluginCode:
    """Its files, without importing it."""
    parts = asked.module.split(".")
    for folder in asked.folders:
        path = Path(folder, *parts)
        if path.is_dir():
            return code_in(path, parts[-1])
    if asked.module in BUILT_IN or not asked.folders:
        try:
            return code_of(import_module(asked.module))
        except Exception:
            return NO_CODE
    return NO_CODE


def _described(module: ModuleType, code: PluginCode) -> Answered:
    """What it states under its settings, those that switch something on included."""
    loaded = load(module)
    name = loaded.manifest.name
    host = PluginHost(modules=() if module.__name__ in BUILT_IN else (module,))
    given = variants(loaded.settings_type, code.words().texts) or (b"{}",)
    stated: dict[str, dict[bytes, Any]] = {}
    rule_count = -1
    for settings in given:
        one = host.rule_set(EnabledPlugin(name=name, settings=settings))
        rule_count = len(one.rules()) if rule_count < 0 else rule_count
        for kind in COLLECTED:
            for rule in getattr(one, kind):
                encoded = msgspec.json.encode(rule, enc_hook=described, order="deterministic")
                told = msgspec.json.decode(encoded) | {"code": _source_of(rule)}
                stated.setdefault(kind, {}).setdefault(encoded, told)
    return Answered(
        manifest=loaded.manifest,
        rule_count=rule_count,
        stated={kind: list(rules.values()) for kind, rules in stated.items()},
        files={one.path: sha256(one.text.encode()).hexdigest() for one in code.files},
    )


def _source_of(rule: Rule) -> str:
    """A digest of the text of a rule's function: what it does may change while its name stays."""
    for field in ("check", "derive", "apply", "due", "upgrade"):
        function = getattr(rule, field, None)
        while isinstance(function, partial):
            function = function.func
        if function is not None:
            try:
                return sha256(inspect.getsource(function).encode()).hexdigest()
            except (OSError, TypeError):
                return ""
    return ""


if __name__ == "__main__":
    main()
