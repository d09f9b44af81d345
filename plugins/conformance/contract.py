"""Everything the contract asks of a plugin that can be judged in the process that loaded it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date, timedelta
from difflib import get_close_matches
from types import ModuleType

import msgspec

from core.claims.claim import SpecialtyRecord
from core.dates import Window
from core.errors import ClaimwrightError
from core.rules.records import seal
from core.rules.rulebook import RuleSet, compile_rule_book, digest_of
from plugins import spec
from plugins.conformance import capabilities, judging
from plugins.conformance.asking import answers
from plugins.conformance.code import PluginCode, Words, code_of
from plugins.conformance.fault import Fault, worst_first
from plugins.conformance.fee_tables import table_faults
from plugins.conformance.hostile import AS_OF, ORDINARY_CLAIMS, Sample, practice_knobs, samples
from plugins.conformance.invented import samples_of
from plugins.conformance.reaching import reaching_faults, unparsed_faults
from plugins.conformance.settings import settings_faults, variants
from plugins.conformance.speed import CLAIM_US_MAX, FAR_TOO_LONG, far_too_long, speed_faults
from plugins.conformance.values import manifest_faults, policy_faults, rule_faults
from plugins.demo import WINDOW_DAYS, DemoPractice
from plugins.host import (
    BUILT_IN,
    EnabledPlugin,
    LoadedPlugin,
    PluginHost,
    default_host,
    load,
    platform_rules,
)
from plugins.spec import HOOKS, PROJECT

_RECORDS_A_KIND = 20
_ID = re.compile(r"[A-Za-z0-9_.]+-[A-Za-z0-9_.-]*[A-Za-z0-9]")


class Contract(msgspec.Struct, frozen=True, kw_only=True):
    """What was found. ``rules`` digests what is stated, ``answers`` what each rule said, by id.

    The digests must be the same in every process.
    """

    name: str = ""
    version: str = ""
    rule_count: int = 0
    sees: tuple[str, ...] = ()
    rules: str = ""
    answers: dict[str, str] = {}
    faults: tuple[Fault, ...] = ()


class Bench(msgspec.Struct, frozen=True, kw_only=True):
    """How a plugin is judged. ``clock`` in seconds: how long each rule takes is judged too.

    ``watched`` is entered while its hooks and its rules, and little else, are asked. ``claims``:
    how many ordinary ones.
    """

    seed: int = 1
    as_of: date = AS_OF
    clock: Callable[[], float] | None = None
    watched: Callable[[], AbstractContextManager[None]] | None = None
    claims: int = ORDINARY_CLAIMS


_PLAINLY = Bench()


def contract(module: ModuleType, bench: Bench = _PLAINLY) -> Contract:
    """Judge ``module``."""
    code = code_of(module)
    faults = [*unparsed_faults(code), *reaching_faults(code, module.__name__)]
    faults += [*table_faults(code), *_hook_faults(module, code)]
    if not inspect.getdoc(module):
        said = "the module has no docstring; say in a line what the plugin is for"
        faults.append(Fault(check="docs", message=said, is_warning=True))
    found = Contract()
    try:
        loaded = load(module)
        found = msgspec.structs.replace(
            found, name=loaded.manifest.name, version=loaded.manifest.version,
            sees=tuple(one.value for one in loaded.manifest.sees),
        )  # fmt: skip
        faults += _clash_faults(module, loaded, code)
        found, more = _built(module, loaded, code, found, bench)
        faults += more
    except ClaimwrightError as error:
        faults.append(refused(error, code, found.name))
    return msgspec.structs.replace(found, faults=worst_first(faults))


def refused(error: ClaimwrightError, code: PluginCode, name: str = "") -> Fault:
    """What the host refuses, with the place of the rule it names."""
    places = (code.place_of(id) for id in _ID.findall(error.message))
    named = name or getattr(error, "plugin", "")
    where = next((one for one in places if one), "") or (code.place_of(named) if named else "")
    return Fault(check="contract", where=where, message=error.message)


def _built(
    module: ModuleType,
    loaded: LoadedPlugin,
    code: PluginCode,
    found: Contract,
    bench: Bench,
) -> tuple[Contract, list[Fault]]:
    manifest, name, words = loaded.manifest, loaded.manifest.name, code.words()
    faults = list(manifest_faults(manifest, code))
    kind = loaded.settings_type
    given = variants(kind, words.texts)
    faults += settings_faults(name, kind, code, given)
    hosts = [_host(module) for _ in range(2)]
    faults += _demo_faults(hosts, name, bench.seed, bench.as_of)
    chosen = [EnabledPlugin(name=name, settings=settings) for settings in given or (b"{}",)]
    stated = [hosts[0].rule_set(one) for one in chosen]
    others = platform_rules().rules()
    for one in stated:
        faults += [*rule_faults(one, others, code), *policy_faults(one, code)]
    if any(one.check == "types" for one in faults):
        return found, faults  # nothing can be done with them
    required = [EnabledPlugin(name=other) for other in manifest.requires]
    for enabled in chosen:
        first, second = (host.build_rule_book([enabled, *required]) for host in hosts)
        if first.digest != second.digest:
            faults.append(Fault(check="determinism", message="two builds give different rules"))
    faults += _window_faults(hosts[0], stated[0])
    found = msgspec.structs.replace(
        found, rule_count=len(stated[0].rules()), rules=digest_of(stated)
    )
    told: dict[str, str] = {}
    for place, one in enumerate(_asked(stated)):
        book = compile_rule_book([one, practice_knobs(name, words)])
        if not (
            book.lookers
            or book.coding_rules
            or book.pricing_steps
            or book.deadlines
            or book.derivations
        ):
            continue  # tables alone: there is no function to ask
        some = samples(words, _records(one, words), ordinary=bench.claims)
        if bench.clock is not None:
            slow = far_too_long(book, some[: bench.claims], bench.clock)
            if slow:
                faults += [_far_too_long(rule, code) for rule in sorted(slow)]
                return found, faults
        more, said = judging.judged(book, some, code)
        faults += more
        told |= {f"{rule}/{place}": digest for rule, digest in judging.by_rule(said).items()}
        faults += capabilities.capability_faults(manifest, book, _ordinary(some), code)
        if bench.clock is not None:
            faults += speed_faults(book, some, code, bench.clock)
        if bench.watched is not None:
            with bench.watched():
                hosts[0].rule_set(EnabledPlugin(name=name, settings=one.settings))
                answers(book, _ordinary(some), code)
    return msgspec.structs.replace(found, answers=told), faults


def _far_too_long(rule: str, code: PluginCode) -> Fault:
    most = FAR_TOO_LONG * CLAIM_US_MAX
    said = f"rule {rule} takes more than {most:,} us for an ordinary claim; it was asked no more"
    return Fault(check="speed", rule=rule, where=code.place_of(rule), message=said)


def _asked(stated: Sequence[RuleSet]) -> list[RuleSet]:
    """Those that can answer differently: settings that only change fees are asked once."""
    kept: dict[str, RuleSet] = {}
    for one in stated:
        judging_part = msgspec.structs.replace(one, fee_schedules=(), settings=b"")
        kept.setdefault(digest_of([judging_part]), one)
    return list(kept.values())[:4]


def _ordinary(some: Sequence[Sample]) -> list[Sample]:
    return [one for one in some if not one.what]


def _records(stated: RuleSet, words: Words) -> tuple[SpecialtyRecord, ...]:
    found = []
    for kind in stated.records:
        for value in samples_of(kind.type, _RECORDS_A_KIND, words.texts):
            try:
                found.append(seal(kind, value))
            except Exception:
                break  # said by the rule that reads it
    return tuple(found)


def _host(module: ModuleType) -> PluginHost:
    return PluginHost(modules=() if module.__name__ in BUILT_IN else (module,))


def _hook_faults(module: ModuleType, code: PluginCode) -> Iterator[Fault]:
    """Hooks and arguments the contract does not know, named; wrappers; hooks left unmarked."""
    known = {one.__name__: tuple(inspect.signature(one).parameters) for one in HOOKS}
    for name, function in vars(module).items():
        options = getattr(function, f"{PROJECT}_impl", None)
        where = code.place_of_function(function)

        def fault(message: str, *, is_warning: bool = False, where: str = where) -> Fault:
            return Fault(check="hooks", where=where, message=message, is_warning=is_warning)

        if options is None:
            if name in known and inspect.isfunction(function):
                yield fault(
                    f"{name} is named like a hook and not marked with @hook", is_warning=True
                )
            continue
        called = options.get("specname") or name
        if called not in known:
            near = get_close_matches(called, known, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            yield fault(f"there is no hook {called} in contract {spec.CONTRACT}{hint}")
            continue
        for argument in inspect.signature(function).parameters:
            if argument not in known[called]:
                takes = ", ".join(known[called]) or "no argument"
                yield fault(f"hook {called} has no argument {argument}; it has {takes}")
        if options.get("wrapper") or options.get("hookwrapper"):
            yield fault(f"hook {called} wraps others; a plugin answers for itself alone")


def _clash_faults(module: ModuleType, loaded: LoadedPlugin, code: PluginCode) -> Iterator[Fault]:
    """Names and prefixes of the specialties that come with the product."""
    if module.__name__ in BUILT_IN:
        return
    manifest = loaded.manifest
    for other in default_host().available():
        if other.name == manifest.name:
            yield Fault(
                check="names", where=code.place_of(manifest.name),
                message=f"{manifest.name} is a specialty that comes with the product; rename it",
            )  # fmt: skip
        for prefix in sorted(set(other.prefixes) & set(manifest.prefixes)):
            yield Fault(
                check="names", where=code.place_of(prefix),
                message=f"rules that begin with {prefix}- are those of {other.name}; choose "
                "another prefix",
            )  # fmt: skip


def _window_faults(host: PluginHost, stated: RuleSet) -> Iterator[Fault]:
    """A practice that enables the plugin for one day must get no rule that holds longer."""
    only = Window(AS_OF, AS_OF)
    enabled = EnabledPlugin(name=stated.name, settings=stated.settings, window=only)
    limited = host.rule_set(enabled).rules()
    expected = sum(rule.effective.overlaps(only) for rule in stated.rules())
    for rule in limited:
        if rule.effective != only:
            said = f"rule {rule.id} does not keep to the days the plugin is enabled"
            yield Fault(check="windows", rule=rule.id, message=said)
    if len(limited) != expected:
        said = "rules appear or vanish with the days the plugin is enabled"
        yield Fault(check="windows", message=said)


def _demo_faults(hosts: Sequence[PluginHost], name: str, seed: int, as_of: date) -> Iterator[Fault]:
    practice = DemoPractice(as_of=as_of)
    first, second = (host.demo_encounters(name, seed, practice) for host in hosts)
    if not first:
        return

    def fault(message: str) -> Fault:
        return Fault(check="demo", message=message)

    if msgspec.json.encode(first) != msgspec.json.encode(second):
        yield fault("the same seed gives different invented visits")
    if msgspec.json.encode(first) == msgspec.json.encode(
        hosts[0].demo_encounters(name, seed + 1, practice)
    ):
        yield fault("another seed gives the same invented visits")
    days = [one.service_from for visit in first for one in visit.charges if one.service_from]
    if any(not timedelta(0) <= as_of - day <= timedelta(days=WINDOW_DAYS) for day in days):
        yield fault(f"an invented service lies outside the last {WINDOW_DAYS} days")
    if len({one.external_id for one in first}) < len(first):
        yield fault("two invented visits have the same external id")
