"""What is well in an installation and what is not, one sentence each."""

from __future__ import annotations

import sys
from importlib import metadata
from typing import TYPE_CHECKING

import msgspec

from api import preflight
from api.settings import Settings
from api.transports.folder import open_folders
from core.errors import ClaimwrightError

if TYPE_CHECKING:
    from api.bootstrap import Runtime
    from audit.log import Verification


class Examined(msgspec.Struct, frozen=True, kw_only=True):
    """One thing looked at."""

    name: str
    ok: bool
    sentence: str


def examine(settings: Settings) -> tuple[Examined, ...]:
    """Look at everything that can be looked at; what cannot be reached is said, not raised."""
    found = [
        Examined(
            name="python",
            ok=sys.version_info >= (3, 11),
            sentence=f"Python {sys.version_info.major}.{sys.version_info.minor}",
        ),
        _packages(),
        _plugin_fences(settings),
        _exchange(settings),
        *_postgres(settings),
    ]
    if found[-1].ok:
        found += [_keys(settings), *_inside(settings)]
    return tuple(found)


def _packages() -> Examined:
    strangers = preflight.strangers()
    owners = metadata.packages_distributions()
    for name in preflight.PACKAGES:
        others = sorted(set(owners.get(name, ())) - {"claimwright"})
        strangers += [f"the distribution {other} has a package {name} too" for other in others]
    sentence = strangers[0] if strangers else "core, plugins, tenants, audit and api are ours"
    return Examined(name="packages", ok=not strangers, sentence=sentence)


def _plugin_fences(settings: Settings) -> Examined:
    """What this system keeps partners' plugins from: each fence is tried in a process."""
    from api.plugin_store import PluginStore
    from plugins.confined.fences import WORDS
    from plugins.confined.plugin import fences_that_hold

    held = fences_that_hold()
    missing = [words for fence, words in WORDS.items() if fence not in held]
    name = "plugin fences"
    if not missing:
        kept = ", ".join(WORDS.values())
        return Examined(name=name, ok=True, sentence=f"partners' plugins are kept from {kept}")
    sentence = f"this system cannot keep partners' plugins from {', '.join(missing)}; "
    sentence += "only those CLAIMWRIGHT_UNCONFINED_PLUGINS names are run"
    has_some = bool(settings.plugins or PluginStore(settings.home).every())
    return Examined(name=name, ok=not has_some, sentence=sentence)


def _exchange(settings: Settings) -> Examined:
    """Files wait here in plain, so nobody else may look into the folders they wait in."""
    found = open_folders(settings.exchange)
    sentence = "only its owner may look into it"
    if found:
        sentence = (
            f"{len(found)} folder(s) are open to others; run: chmod -R go= {settings.exchange}"
        )
    return Examined(name="exchange folder", ok=not found, sentence=sentence)


def _postgres(settings: Settings) -> list[Examined]:
    from api.bootstrap import open_urls
    from tenants.postgres import check_database

    try:
        urls = open_urls(settings)
    except ClaimwrightError as problem:
        return [Examined(name="database", ok=False, sentence=problem.message)]
    return [
        Examined(name=one.name, ok=one.ok, sentence=one.sentence) for one in check_database(urls)
    ]


def _keys(settings: Settings) -> Examined:
    """Whether keys can be unwrapped, and every practice that is not shredded has its secret."""
    from api.bootstrap import runtime

    held = 0
    try:
        with runtime(settings) as running:
            running.keys.provider.health()
            for tenant_id in running.every_practice_id():
                if not running.keys.secrets.is_destroyed(tenant_id):
                    running.keys.secrets.read(tenant_id)
                    held += 1
    except ClaimwrightError as problem:
        return Examined(name="keys", ok=False, sentence=problem.message)
    sentence = f"wrapped by {settings.keys}; the secrets of {held} practices are here"
    return Examined(name="keys", ok=True, sentence=sentence)


def _audit_is_written(running: Runtime, verification: Verification) -> Examined:
    """While it is not, every request is refused: this says why."""
    try:
        running.note_verification(verification)
    except ClaimwrightError as problem:
        return Examined(name="audit writes", ok=False, sentence=problem.message)
    return Examined(name="audit writes", ok=True, sentence="the audit log takes events")


def _inside(settings: Settings) -> list[Examined]:
    from api.backup.age import examine_backups
    from api.bootstrap import runtime

    try:
        with runtime(settings) as running:
            running.sequence_audit()
            verification = running.verify_audit()
            reconciled = running.reconcile_audit()
            written = _audit_is_written(running, verification)
            backups = examine_backups(running)
            plugins = _plugins(running)
    except ClaimwrightError as problem:
        return [Examined(name="audit log", ok=False, sentence=problem.message)]
    return [
        Examined(name="audit log", ok=verification.verified, sentence=verification.sentence),
        written,
        Examined(name="changes", ok=reconciled.accounted, sentence=reconciled.sentence),
        *(Examined(name=name, ok=ok, sentence=sentence) for name, ok, sentence in backups),
        plugins,
    ]


def _plugins(running: Runtime) -> Examined:
    """Whether what practices run of partners is there as it was installed, and is not stopped."""
    from api.plugin_status import troubled

    found = [f"{one.practice}: {one.sentence}" for one in troubled(running)]
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    sentence = f"{found[0]}{more}" if found else "every plugin that a practice runs is well"
    return Examined(name="plugins", ok=not found, sentence=sentence)
