"""What a release would touch, found before it is put in force: rows, rules, open claims."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from api.bootstrap import Runtime, runtime
from api.settings import Settings
from api.tables.load import as_loaded, previous, read_release
from api.tables.store import Manifest, Release, TableStore
from api.tables.unpack import Told, parts_of
from core.codes.difference import Counts, changes, counted
from core.codes.impact import Touched, TouchedRule
from core.codes.published import Kind, Loaded
from core.errors import NotFoundError
from core.rules.rule import Rule
from plugins.host import EnabledPlugin, default_host, platform_rules


class TouchedClaims(msgspec.Struct, frozen=True, kw_only=True):
    """Open claims of one practice that a release touches: not sent yet, and at the payer."""

    practice: str
    unsent: int
    at_payer: int


class Impact(msgspec.Struct, frozen=True, kw_only=True):
    """``claims`` None: there is no database here, so nothing is known of claims."""

    kind: str
    release: Release
    against: str | None
    counts: Counts
    codes: int
    rules: tuple[TouchedRule, ...]
    claims: tuple[TouchedClaims, ...] | None


def has_database(settings: Settings) -> bool:
    """Whether there is a database of this installation already; none is made to look."""
    return settings.database_url is not None or (settings.home / "postgres").is_dir()


def impact_of_files(
    settings: Settings,
    kind: Kind,
    paths: Sequence[Path],
    *,
    release: str,
    at: datetime,
    told: Told = lambda _: None,
) -> Impact:
    """What loading these files would touch; nothing is stored."""
    parts, source = parts_of(paths, kind, told)
    found, data = read_release(kind, parts, source, release, at)
    return _impact(settings, kind, found, as_loaded(found, data))


def impact_of_staged(settings: Settings, kind: Kind) -> Impact:
    """What putting the newest staged release in force would touch."""
    store = TableStore(settings.home)
    manifest = store.manifest(kind.name)
    staged = [one for one in manifest.releases if one.release not in manifest.active]
    if not staged:
        raise NotFoundError(f"no release of {kind.name} is staged; load one with --stage")
    return _impact(settings, kind, staged[-1], store.open(kind.name, staged[-1]))


def _impact(settings: Settings, kind: Kind, release: Release, after: Loaded) -> Impact:
    store = TableStore(settings.home)
    manifest = store.manifest(kind.name)
    known = _in_force(manifest, release) or previous(manifest, release)
    before = None if known is None else store.open(kind.name, known)
    touched = Touched(kind, changes(kind, before, after))
    claims = None
    if has_database(settings):
        with runtime(settings) as running:
            claims = _claims(running, touched, release)
    return Impact(
        kind=kind.name,
        release=release,
        against=None if known is None else known.release,
        counts=counted(kind, before, after),
        codes=len(touched.codes()),
        rules=touched.rules(_every_rule()),
        claims=claims,
    )


def _in_force(manifest: Manifest, release: Release) -> Release | None:
    """The release of the same stamp, where it is in force: a corrected file is against that."""
    return manifest.find(release.release) if release.release in manifest.active else None


def _every_rule() -> list[Rule]:
    host = default_host()
    sets = [platform_rules()]
    sets += [host.rule_set(EnabledPlugin(name=one.name)) for one in host.available()]
    return [rule for one in sets for rule in one.rules()]


def _claims(running: Runtime, touched: Touched, release: Release) -> tuple[TouchedClaims, ...]:
    from api.practices import COMMAND
    from tenants.store.claims_coded import UNSENT, open_claims

    found = []
    for practice in running.practices():
        with running.unit_of_work(practice.tenant_id, COMMAND) as uow:
            stages = [
                stage
                for stage, codes in open_claims(uow.connection, release.first, release.last)
                if touched.has_claim(codes)
            ]
        unsent = sum(stage in UNSENT for stage in stages)
        found.append(
            TouchedClaims(practice=practice.slug, unsent=unsent, at_payer=len(stages) - unsent)
        )
    return tuple(found)
