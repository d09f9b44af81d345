"""``plugin backtest`` of a plugin that is not installed: over documents, or a practice's claims.

It runs as it would there: a partner's code in a fenced process, seeing what it asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec

from api.bootstrap import Runtime
from api.partner_kit.locate import Located
from api.plugin_steps import consented
from api.plugin_store import PluginStore
from api.stateless import DOCUMENT_BYTES_MAX, base_rules, decoded
from audit.event import Purpose, machine
from core.errors import ClaimwrightError, InputError
from core.rules.rulebook import RuleBook
from core.scrub.backtest import BackTest
from core.scrub.document import ScrubDocument, read_document, scrub_document
from core.usecases.backtest import Days, counting, replay, trial_of_rules
from plugins.host import EnabledPlugin, PluginHost
from plugins.source import PluginSource
from plugins.standing import Standing, standings

_HOLDS = frozenset({"reject", "deny"})
_BOOKS_MAX = 32


class RuleOfDocuments(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule said anew: of so many claims, of which it would hold so many."""

    rule: str
    claims: int
    held: int
    charge_cents: int


class OverDocuments(msgspec.Struct, frozen=True, kw_only=True):
    """The result. ``changed``: claims of which something is said that was not said before.

    ``held``: those that went before and would be held now. ``refused``: lines that are no document.
    """

    plugin: str
    claims: int
    refused: int
    changed: int
    held: int
    held_cents: int
    rules: tuple[RuleOfDocuments, ...]


@contextmanager
def _hosted(
    plugin: Located,
    *,
    is_unconfined: bool,
    beside: Iterable[PluginSource] = (),
    allowed: Iterable[str] = (),
) -> Iterator[tuple[PluginHost, EnabledPlugin]]:
    """A host that has ``plugin`` in place of that version of it, and what else is installed.

    The processes of partners' plugins end with it.
    """
    own = () if plugin.is_built_in else (_source(plugin),)
    host = PluginHost(
        allowed=[name for name in allowed if name != plugin.name],
        sources=(
            *own,
            *(one for one in beside if (one.name, one.version) != (plugin.name, plugin.version)),
        ),
        unconfined=(plugin.name,) if is_unconfined else (),
    )
    try:
        yield host, EnabledPlugin(name=plugin.name, version=plugin.version if own else "")
    finally:
        host.close()


def _source(plugin: Located) -> PluginSource:
    return PluginSource(
        name=plugin.name, module=plugin.module, version=plugin.version, folder=plugin.folder
    )


def over_documents(
    plugin: Located,
    blocks: Iterable[bytes],
    *,
    settings: bytes,
    is_unconfined: bool,
    today: date,
) -> OverDocuments:
    """Judge scrub documents without ``plugin`` and with it; one JSON object a line."""
    claims = refused = changed = held = held_cents = 0
    by_rule: dict[str, list[int]] = {}
    with _hosted(plugin, is_unconfined=is_unconfined) as (host, plain):
        enabled = msgspec.structs.replace(plain, settings=settings)
        host.build_rule_book([enabled])  # what is wrong with it is said before any claim is read
        books = _books(host, enabled)
        for line in _lines(blocks):
            try:
                document = _document(line, today)
                before, after = (
                    scrub_document(document, book) for book in books(document.plugins, document)
                )
            except ClaimwrightError:
                refused += 1
                continue
            claims += 1
            known = {_key(one) for one in before["findings"]}
            new = [one for one in after["findings"] if _key(one) not in known]
            changed += bool(new)
            cents = document.claim.charge_cents if document.claim else 0
            if before["clean"] and not after["clean"]:
                held, held_cents = held + 1, held_cents + cents
            for rule in {one["rule"] for one in new}:
                tally = by_rule.setdefault(rule, [0, 0, 0])
                holds = any(one["rule"] == rule and one["severity"] in _HOLDS for one in new)
                for place, more in enumerate((1, holds, cents)):
                    tally[place] += more
    return OverDocuments(
        plugin=plugin.title,
        claims=claims,
        refused=refused,
        changed=changed,
        held=held,
        held_cents=held_cents,
        rules=tuple(
            RuleOfDocuments(rule=rule, claims=told, held=holds, charge_cents=cents)
            for rule, (told, holds, cents) in sorted(by_rule.items())
        ),
    )


Books = Callable[[tuple[str, ...], ScrubDocument], tuple[RuleBook, RuleBook]]


def _books(host: PluginHost, enabled: EnabledPlugin) -> Books:
    """The rules of a document without the plugin and with it."""

    @lru_cache(_BOOKS_MAX)
    def made(others: tuple[str, ...], by_form: bool) -> tuple[RuleBook, RuleBook]:
        base = base_rules(by_form=by_form)
        beside = [EnabledPlugin(name=name) for name in others]
        without = host.build_rule_book(beside, platform=base)
        return without, host.build_rule_book([*beside, enabled], platform=base)

    return lambda named, document: made(
        tuple(sorted(set(named) - {enabled.name})), document.by_form
    )


def _document(line: bytes, today: date) -> ScrubDocument:
    data: Any = decoded(line)
    if not isinstance(data, dict):
        raise InputError("a scrub document is a JSON object")
    return read_document(data, today=today)


def _lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Lines that say something; of one that is too long, enough to see that it is."""
    rest = b""
    for block in blocks:
        *whole, rest = (rest + block).split(b"\n")
        yield from (line for line in whole if line.strip())
        rest = rest[: DOCUMENT_BYTES_MAX + 1]
    if rest.strip():
        yield rest


def _key(finding: dict[str, Any]) -> tuple[Any, ...]:
    return finding["rule"], finding["line"], finding["severity"]


def over_practice(
    running: Runtime,
    tenant_id: UUID,
    plugin: Located,
    days: Days,
    *,
    settings: bytes,
    grant: tuple[str, ...],
    is_unconfined: bool,
    told: Callable[[int], object],
) -> BackTest:
    """Replay a practice's past claims with ``plugin`` switched on; nothing is kept of it.

    ``InputError`` where it asks to see what the practice has not agreed to, nor ``grant`` names:
    past claims are shown to nobody who may not see the present ones.
    """
    installation = running.settings
    with _hosted(
        plugin,
        is_unconfined=is_unconfined,
        beside=PluginStore(installation.home).sources(),
        allowed=installation.plugins,
    ) as (host, plain):
        trying = msgspec.structs.replace(plain, settings=settings)
        known_so_far = {one.plugin: one for one in standings(running.steps(tenant_id))}
        now = known_so_far.get(trying.name, Standing(plugin=trying.name, last_place=0))
        consented(host.plugin(trying.name, trying.version).manifest, now, grant)
        book = running.rule_book(tenant_id, trying=trying, host=host)
        trial = trial_of_rules(host.rule_set(trying), book, kind="plugin")
        into, after = counting(trial), None
        while True:
            with running.unit_of_work(
                tenant_id, machine("command"), purpose=Purpose.OPERATIONS
            ) as uow:
                last = replay(uow, trial, into, days, after=after)
            if last is None:
                return into.result(days.first, days.last)
            after = last
            told(into.count.claims)
