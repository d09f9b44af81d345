"""Versions of plugins in an installation: installed, removed, and who uses them; on record."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from api.bootstrap import Runtime
from api.deployment import record_for_deployment
from api.plugin_store import Installed, PluginStore
from api.plugin_wheel import read_wheel
from audit.event import Actor, ObjectType, plugin_object
from core.claims.parties import Value
from core.errors import ConflictError
from plugins.confined.plugin import ConfinedPlugin
from plugins.source import PluginSource
from plugins.spec import Manifest
from plugins.standing import Mode


class Listed(Value, frozen=True, kw_only=True):
    """One version of a plugin and the practices where it counts, or is tried in shadow.

    ``installed`` is None for what comes with the product or its environment.
    """

    name: str
    version: str
    title: str
    author: str
    sees: tuple[str, ...]
    installed: Installed | None
    used_by: tuple[str, ...] = ()
    tried_by: tuple[str, ...] = ()


def install(
    runtime: Runtime, wheel: Path, *, actor: Actor, unsigned: bool = False
) -> tuple[Installed, bool]:
    """Install a wheel for the practices of this installation; False: it was there already."""
    store = PluginStore(runtime.settings.home)
    name = read_wheel(wheel).name
    if name in runtime.plugins.names() and name not in {one.name for one in store.every()}:
        raise ConflictError(
            f"a plugin {name} comes with this installation already; a wheel cannot take its place"
        )
    unconfined = name in runtime.settings.unconfined_plugins
    found, is_new = store.install(
        wheel,
        inspect=partial(inspected, unconfined=unconfined),
        at=runtime.clock(),
        unsigned=unsigned,
    )
    if is_new:
        record_for_deployment(
            runtime,
            "plugin.installed",
            about={ObjectType.PLUGIN: [plugin_object(found.name)]},
            counts={
                "files": found.files,
                "signed": int(bool(found.signer)),
                "sees": len(found.manifest.sees),
            },
            digests={
                "code": bytes.fromhex(found.digest),
                "wheel": bytes.fromhex(found.wheel),
            },
            actor=actor,
        )
    return found, is_new


def remove(runtime: Runtime, name: str, version: str, *, actor: Actor) -> Installed:
    """Remove a version; ``ConflictError`` names the practices where it counts or is tried."""
    known = _users(runtime)
    users = sorted({slug for mode in Mode for slug in known.get((name, version, mode), ())})
    if users:
        raise ConflictError(
            f"{name} {version} is used by {', '.join(users)}; let them run another version, or "
            "switch it off there first"
        )
    found = PluginStore(runtime.settings.home).remove(name, version)
    record_for_deployment(
        runtime,
        "plugin.removed",
        about={ObjectType.PLUGIN: [plugin_object(name)]},
        digests={"code": bytes.fromhex(found.digest)},
        actor=actor,
    )
    return found


def listing(runtime: Runtime) -> tuple[Listed, ...]:
    """Every plugin of the installation by name and version, with the practices that use it."""
    found = {(one.name, one.version): one for one in PluginStore(runtime.settings.home).every()}
    manifests: dict[tuple[str, str], Manifest] = {
        (one.name, one.version): one for one in runtime.plugins.available()
    }
    manifests |= {key: one.manifest for key, one in found.items()}
    users = _users(runtime)
    listed = []
    for (name, version), manifest in sorted(manifests.items()):
        # A step without a version means the only one there is.
        own = (version, "") if (name, version) not in found else (version,)
        listed.append(
            Listed(
                name=name,
                version=version,
                title=manifest.title,
                author=manifest.author,
                sees=tuple(one.value for one in manifest.sees),
                installed=found.get((name, version)),
                used_by=tuple(
                    slug for one in own for slug in users.get((name, one, Mode.LIVE), ())
                ),
                tried_by=tuple(
                    slug for one in own for slug in users.get((name, one, Mode.SHADOW), ())
                ),
            )
        )
    return tuple(listed)


def inspected(source: PluginSource, *, unconfined: bool = False) -> Manifest:
    """Who a version says it is, asked in a process of its own that ends with the answer."""
    plugin = ConfinedPlugin(source, unconfined=unconfined)
    try:
        return plugin.manifest
    finally:
        plugin.close()


def _users(runtime: Runtime) -> dict[tuple[str, str, Mode], list[str]]:
    """The practices by plugin, version and lane."""
    users: dict[tuple[str, str, Mode], list[str]] = {}
    for practice in runtime.practices():
        for step in runtime.steps(practice.tenant_id):
            users.setdefault((step.plugin, step.version, step.mode), []).append(practice.slug)
    return users
