"""A partner's plugin as the host sees it: its manifest, its settings, its rules. The code behind
them is never imported here.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import Any
from weakref import WeakSet

import msgspec

from core.errors import PluginError
from core.intake.encounter import Encounter
from core.rules.policy import Policy
from core.rules.rulebook import RuleSet
from plugins.checks import COLLECTED, check_manifest, check_rules, within
from plugins.confined import types
from plugins.confined.faults import FaultKind
from plugins.confined.fences import WORDS, Fence
from plugins.confined.limits import LIMITS, Limits
from plugins.confined.process import ROOT, PluginProcess, PluginProcessError
from plugins.confined.protocol import (
    Called,
    Demo,
    Fenced,
    Import,
    Imported,
    Open,
    Opened,
    Start,
)
from plugins.confined.rules import ConfinedRules
from plugins.confined.shapes import remade
from plugins.demo import DemoPractice
from plugins.source import EnabledPlugin, PluginSource
from plugins.spec import Manifest

BOOKS_MAXIMUM = 32
"""Settings of one plugin that are kept open at a time."""


class Session:
    """A process that has the plugin loaded, and what it was told so far."""

    def __init__(self, process: PluginProcess) -> None:
        self.process = process
        self.books: dict[bytes, int] = {}
        self.knobs: dict[bytes, int] = {}
        self.policies: dict[int, tuple[Policy, int]] = {}

    def is_fit(self, limits: Limits) -> bool:
        """Whether it can be asked on."""
        return self.process.is_alive and self.process.worked_seconds < limits.worked_seconds


class ConfinedPlugin:
    """One version of a partner's plugin, in a process that is started when it is first needed.

    Threads may share it: one asks at a time. ``unconfined``: the operator's word that it may run
    where not every fence holds.
    """

    def __init__(
        self, source: PluginSource, *, limits: Limits = LIMITS, unconfined: bool = False
    ) -> None:
        self.source, self.limits, self._unconfined = source, limits, unconfined
        self.name = f"{source.name} {source.version}"
        self.lock = threading.RLock()
        self.fingerprint = source.digest or fingerprint_of(source)
        self.held: tuple[str, ...] = ()
        self._session: Session | None = None
        self._imported: Imported | None = None
        self._refused = ""
        self._told: dict[bytes, tuple[bytes, dict[str, tuple[Any, ...]]]] = {}
        self._faults: deque[float] = deque(maxlen=limits.faults_max)
        self._rests_until = 0.0
        _EVERY.add(self)

    @property
    def manifest(self) -> Manifest:
        """Its manifest; ``PluginError`` when it has none that can be taken."""
        return _manifest(self._known())

    @property
    def settings_type(self) -> type[msgspec.Struct]:
        """The type of its settings, made again from its description: for forms."""
        return types.made(self._known().settings)

    def stated(self, settings: bytes) -> dict[str, tuple[Any, ...]]:
        """What each hook states with ``settings`` (JSON)."""
        with self.lock:
            if settings not in self._told:
                self.open_book(self.ready(), settings)
            return self._told[settings][1]

    def rule_set(self, enabled: EnabledPlugin) -> RuleSet:
        """What it states for a practice, limited to the days it is enabled."""
        given: dict[str, Any] = {}
        for hook, rules in self.stated(enabled.settings).items():
            check_rules(self.manifest, rules)
            given[hook] = within(rules, enabled.window)
        return RuleSet(
            name=self.source.name,
            version=self.manifest.version,
            fingerprint=self.fingerprint,
            settings=enabled.settings,
            **given,
        )

    def demo_encounters(self, seed: int, practice: DemoPractice) -> tuple[Encounter, ...]:
        """Its invented visits."""
        try:
            with self.lock:
                answer = self.ready().process.ask(
                    Demo(seed=seed, practice=practice),
                    Called,
                    seconds=self.limits.build_seconds,
                    most=self.limits.build_answer_bytes,
                )
            if answer.fault is None:
                return msgspec.msgpack.decode(answer.value, type=tuple[Encounter, ...])
        except (PluginProcessError, msgspec.MsgspecError):
            pass
        raise PluginError(self.source.name, "hook demo_encounters failed")

    def close(self) -> None:
        """End its process; the next question starts another."""
        with self.lock:
            if self._session is not None:
                self._session.process.end()
                self._session = None

    def __del__(self) -> None:
        # Nobody can ask it any more; at the end of the interpreter the kernel ends it.
        if (session := getattr(self, "_session", None)) is not None:
            session.process.end()

    # What follows is for whoever holds the lock.

    def ready(self) -> Session:
        """A process with the plugin loaded; ``PluginError`` when there can be none."""
        session = self._session
        if session is not None and session.is_fit(self.limits):
            return session
        if session is not None:
            session.process.end()
        self._session = None
        if self._refused:
            raise PluginError(self.source.name, self._refused)
        process = PluginProcess(self.limits)
        try:
            self._start(process)
        except PluginProcessError as error:
            raise PluginError(self.source.name, _at_build("it", error.kind)) from None
        except PluginError:
            process.end()
            raise
        self._session = Session(process)
        return self._session

    def open_book(self, session: Session, settings: bytes) -> int:
        """The number of the book of these settings; ``PluginError`` when it cannot be made."""
        if (known := session.books.get(settings)) is not None:
            return known
        if len(session.books) >= BOOKS_MAXIMUM:
            session.process.end()
            session = self.ready()
        number = len(session.books)
        limits = self.limits
        try:
            opened = session.process.ask(
                Open(number, settings), Opened,
                seconds=limits.build_seconds, most=limits.build_answer_bytes,
            )  # fmt: skip
        except PluginProcessError as error:
            raise PluginError(self.source.name, _at_build("a hook of it", error.kind)) from None
        if opened.refused:
            raise PluginError(self.source.name, _words(opened.refused, self.source.name))
        self._remember(settings, opened)
        session.books[settings] = number
        return number

    def is_resting(self) -> bool:
        """Whether it failed too often and is not asked now."""
        return time.monotonic() < self._rests_until

    def failed(self) -> bool:
        """Count a fault that ended its process; whether it rests from now on."""
        now = time.monotonic()
        self._faults.append(now)
        often = len(self._faults) == self.limits.faults_max
        if often and now - self._faults[0] <= self.limits.faults_within_seconds:
            self._rests_until = now + self.limits.rest_seconds
            self._faults.clear()
            return True
        return False

    def _known(self) -> Imported:
        with self.lock:
            if self._imported is None:
                self.ready()
            assert self._imported is not None
            return self._imported

    def _start(self, process: PluginProcess) -> None:
        source, limits = self.source, self.limits
        seconds, most = limits.build_seconds, limits.import_answer_bytes
        start = Start(source.module, str(source.folder or ""), str(ROOT), os.getpid(), limits)
        self.held = process.ask(start, Fenced, seconds=seconds, most=most).held
        open_to = [WORDS[one] for one in Fence if one.value not in self.held]
        if open_to and not self._unconfined:
            raise PluginError(source.name, _unfenced(open_to))
        found = process.ask(Import(), Imported, seconds=seconds, most=most)
        if found.refused:
            # Its files never change: what it is refused for now it will be refused for always.
            self._refused = _words(found.refused, source.name)
            raise PluginError(source.name, self._refused)
        manifest = check_manifest(source.name, found.manifest)
        if manifest.name != source.name:
            raise PluginError(source.name, "calls itself by another name in its MANIFEST")
        if self._imported is not None and found != self._imported:
            raise PluginError(source.name, "does not say twice the same of itself")
        self._imported = found

    def _remember(self, settings: bytes, opened: Opened) -> None:
        if opened.rules.keys() != COLLECTED.keys():
            raise PluginError(self.source.name, "states something else than its hooks")
        digest = sha256(b"".join(bytes(opened.rules[hook]) for hook in COLLECTED)).digest()
        if settings in self._told:
            if self._told[settings][0] != digest:
                raise PluginError(self.source.name, "two builds give different rules")
            return
        rules = ConfinedRules(self, settings)
        made = {
            hook: remade(self.source.name, hook, opened.rules[hook], rules.handle)
            for hook in COLLECTED
        }
        rules.know(made)
        if len(self._told) >= BOOKS_MAXIMUM:
            self._told.clear()
        self._told[settings] = (digest, made)

    def _after_fork(self) -> None:
        self.lock = threading.RLock()
        if self._session is not None:
            self._session.process.forget()
            self._session = None


_EVERY: WeakSet[ConfinedPlugin] = WeakSet()


def _forget_all() -> None:
    for plugin in tuple(_EVERY):
        plugin._after_fork()


os.register_at_fork(after_in_child=_forget_all)


def fences_that_hold() -> frozenset[Fence]:
    """What this system keeps a plugin from, tried in a process that loads none."""
    process = PluginProcess(LIMITS)
    try:
        start = Start("", "", str(ROOT), os.getpid(), LIMITS)
        seconds, most = LIMITS.build_seconds, LIMITS.build_answer_bytes
        held = process.ask(start, Fenced, seconds=seconds, most=most).held
    except PluginProcessError:
        return frozenset()
    finally:
        process.end()
    return frozenset(one for one in Fence if one.value in held)


def _manifest(found: Imported) -> Manifest:
    assert found.manifest is not None
    return found.manifest


def _words(refused: str, name: str) -> str:
    """The plugin's process words its refusals like we do; the name is not said twice."""
    return refused.removeprefix(f"plugin {name}: ")


def _unfenced(open_to: list[str]) -> str:
    return (
        f"is not run, because this system cannot keep it from {', '.join(open_to)}; "
        "CLAIMWRIGHT_UNCONFINED_PLUGINS names the plugins that run all the same"
    )


def _at_build(what: str, kind: FaultKind) -> str:
    said = {
        FaultKind.OVERSTAYED: "took too long",
        FaultKind.ENDED: "ended its process or used too much memory",
        FaultKind.WRONG_ANSWER: "answered with something the contract does not allow",
    }
    return f"{what} {said.get(kind, 'failed')} when its rules were built"


def fingerprint_of(source: PluginSource) -> str:
    """A digest over the files of ``source``."""
    total = sha256()
    for name, path in _files(source):
        data = path.read_bytes()
        total.update(f"{name}:{len(data)}:".encode())
        total.update(data)
    return total.hexdigest()


def _files(source: PluginSource) -> list[tuple[str, Path]]:
    if source.folder is None:
        found = next((one for one in metadata.distributions() if _names(one, source)), None)
        files = found.files or [] if found else []
        return sorted((str(one), Path(str(one.locate()))) for one in files if _counts(one))
    paths = (path for path in source.folder.rglob("*") if path.is_file() and _counts(path))
    return sorted((path.relative_to(source.folder).as_posix(), path) for path in paths)


def _names(distribution: metadata.Distribution, source: PluginSource) -> bool:
    return any(
        point.name == source.name and point.value == source.module
        for point in distribution.entry_points
    )


def _counts(path: Any) -> bool:
    return "__pycache__" not in path.parts and path.suffix not in (".pyc", ".pyo")
