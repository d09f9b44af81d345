"""``plugin compat``: how each plugin, and each practice, fares with another contract."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import metadata, util
from pathlib import Path

import msgspec

from api.bootstrap import Runtime
from api.partner_kit.locate import Located
from api.plugin_store import PluginStore
from plugins.conformance.code import NO_CODE, PluginCode, code_in
from plugins.conformance.compatibility import Compatibility, Verdict, compatibility
from plugins.host import BUILT_IN
from plugins.spec import ENTRY_POINT_GROUP

_ORDER = (Verdict.SAFE, Verdict.WARNS, Verdict.BLOCKS)


class PluginReport(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a plugin."""

    name: str
    version: str
    found: Compatibility


class PracticeReport(msgspec.Struct, frozen=True, kw_only=True):
    """One practice: the worst of what it has switched on, or tries."""

    practice: str
    verdict: Verdict
    plugins: tuple[PluginReport, ...]


def report(plugin: Located, contract: int) -> PluginReport:
    """How one plugin fares."""
    return PluginReport(
        name=plugin.name, version=plugin.version, found=compatibility(_code(plugin), contract)
    )


def installed(home: Path) -> Iterator[Located]:
    """The specialties that come with the product, and every installed version."""
    for module in BUILT_IN:
        yield Located(name=module.rpartition(".")[2], module=module)
    for source in PluginStore(home).sources():
        yield Located(
            name=source.name, module=source.module, version=source.version, folder=source.folder
        )
    for point in metadata.entry_points(group=ENTRY_POINT_GROUP):
        version = point.dist.version if point.dist else ""
        yield Located(name=point.name, module=point.value, version=version)


def by_practice(running: Runtime, reports: Sequence[PluginReport]) -> tuple[PracticeReport, ...]:
    """Each practice with what it runs; a version nobody has any more blocks it."""
    known = {(one.name, one.version): one for one in reports}
    known |= {(one.name, ""): one for one in reports}
    found = []
    for practice in running.practices():
        used = []
        for step in running.steps(practice.tenant_id):
            one = known.get((step.plugin, step.version)) or known.get((step.plugin, ""))
            used.append(one or _missing(step.plugin, step.version))
        worst = max((one.found.verdict for one in used), key=_ORDER.index, default=Verdict.SAFE)
        found.append(PracticeReport(practice=practice.slug, verdict=worst, plugins=tuple(used)))
    return tuple(found)


def _missing(name: str, version: str) -> PluginReport:
    said = Compatibility(contract=0, verdict=Verdict.BLOCKS, reasons=("it is not installed",))
    return PluginReport(name=name, version=version, found=said)


def _code(plugin: Located) -> PluginCode:
    """Its files; nothing is imported but, of a dotted name, the package above it."""
    parts = plugin.module.split(".")
    if plugin.folder is not None:
        path = plugin.folder.joinpath(*parts)
    else:
        spec = util.find_spec(plugin.module)
        if spec is None or not spec.origin:
            return NO_CODE
        path = Path(spec.origin).parent
    return code_in(path, parts[-1]) if path.is_dir() else NO_CODE
