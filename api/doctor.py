"""What is well in an installation and what is not, one sentence each."""

from __future__ import annotations

import sys
from importlib import metadata

import msgspec

from api import preflight
from api.settings import Settings
from core.errors import ClaimwrightError


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
        *_postgres(settings),
    ]
    if found[-1].ok:
        found += _inside(settings)
    return tuple(found)


def _packages() -> Examined:
    strangers = preflight.strangers()
    owners = metadata.packages_distributions()
    for name in preflight.PACKAGES:
        others = sorted(set(owners.get(name, ())) - {"claimwright"})
        strangers += [f"the distribution {other} has a package {name} too" for other in others]
    sentence = strangers[0] if strangers else "core, plugins, tenants, audit and api are ours"
    return Examined(name="packages", ok=not strangers, sentence=sentence)


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


def _inside(settings: Settings) -> list[Examined]:
    from api.backup.age import examine_backups
    from api.bootstrap import runtime

    try:
        with runtime(settings) as running:
            running.sequence_audit()
            verification = running.verify_audit()
            backups = examine_backups(running)
    except ClaimwrightError as problem:
        return [Examined(name="audit log", ok=False, sentence=problem.message)]
    audit = Examined(name="audit log", ok=verification.verified, sentence=verification.sentence)
    return [
        audit,
        *(Examined(name=name, ok=ok, sentence=sentence) for name, ok, sentence in backups),
    ]
