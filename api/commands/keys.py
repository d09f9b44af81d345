"""``keys``: the practices' keys: status, renewal, rewrap, root rotation, indexes."""

from __future__ import annotations

import argparse
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from api.commands.output import DONE, PROBLEMS, json_line, line, progress, table
from core.confidentiality import FieldClass
from core.errors import InputError

if TYPE_CHECKING:
    from api.bootstrap import Runtime
    from core.ports import Practice

_CLASSES = [one.value for one in FieldClass]


def add(commands: Any) -> None:
    """The commands of the keys."""
    keys = commands.add_parser("keys", help="encryption keys of the practices").add_subparsers(
        required=True, metavar="ACTION"
    )
    status = keys.add_parser("status", help="every key, and how much is sealed with it")
    _practice(status)
    status.set_defaults(run=run_status)
    renew = keys.add_parser("renew", help="give a practice new keys; old values stay readable")
    _practice(renew)
    renew.add_argument(
        "--class",
        dest="classes",
        action="append",
        default=[],
        choices=_CLASSES,
        help="only this class; repeatable (default: every class)",
    )
    renew.set_defaults(run=run_renew)
    rewrap = keys.add_parser("rewrap", help="seal everything with the newest keys")
    _practice(rewrap)
    rewrap.set_defaults(run=run_rewrap)
    reindex = keys.add_parser("reindex", help="write name indexes anew once a practice has grown")
    _practice(reindex)
    reindex.set_defaults(run=run_reindex)
    leakage = keys.add_parser("leakage", help="what the indexes of patients' names give away")
    _practice(leakage)
    leakage.set_defaults(run=run_leakage)
    root = keys.add_parser("rotate-root", help="a new root key; every practice's keys go under it")
    root.add_argument(
        "--from",
        dest="coming_from",
        metavar="SETTING",
        help="the CLAIMWRIGHT_KEYS of before, to move to the one of now",
    )
    root.add_argument(
        "--drop-old",
        action="store_true",
        help="forget root keys of the keyring that wrap nothing; old backups need them",
    )
    root.add_argument("--json", action="store_true", help="one JSON object")
    root.set_defaults(run=run_rotate_root)


def _practice(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--practice", help="short name (default: every practice)")
    parser.add_argument("--json", action="store_true", help="one JSON object a practice")


def _chosen(running: Runtime, given: argparse.Namespace) -> tuple[Practice, ...]:
    return (running.practice(given.practice),) if given.practice else running.practices()


def _show(what: str, done: int, of: int) -> None:
    progress(f"{what}: {done} of {of}")


def run_status(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from tenants.rotation import key_states
    from tenants.session import tenant_transaction

    with runtime() as running:
        for practice in _chosen(running, given):
            with tenant_transaction(running.engine, practice.tenant_id) as connection:
                states = key_states(connection, running.keys, practice.tenant_id)
            if given.json:
                json_line({"practice": practice.slug, "keys": states})
                continue
            line(f"Practice {practice.slug}")
            table(
                ("key", "version", "state", "seals", "sealed cells", "root", "made on"),
                (
                    (
                        one.purpose,
                        one.version,
                        one.state,
                        "yes" if one.seals else "",
                        one.cells,
                        one.root_version,
                        one.created_at.date(),
                    )
                    for one in states
                ),
            )
    return DONE


def run_renew(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from tenants.keys import KEPT_FOR
    from tenants.session import tenant_transaction

    classes = [FieldClass(one) for one in given.classes] or list(FieldClass)
    with runtime() as running:
        for practice in _chosen(running, given):
            with tenant_transaction(running.engine, practice.tenant_id) as connection:
                made = {
                    one.value: running.keys.renew(connection, practice.tenant_id, one)
                    for one in classes
                }
            seals_at = running.clock() + KEPT_FOR * 2
            if given.json:
                json_line({"practice": practice.slug, "versions": made, "seals_at": seals_at})
            else:
                line(
                    f"{practice.slug}: {len(made)} new keys; they seal from"
                    f" {seals_at:%H:%M} UTC on. Then run: claimwright keys rewrap"
                )
    return DONE


def run_rewrap(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from api.part_two import set_apart
    from tenants.rotation import retire_unused, rewrap
    from tenants.session import tenant_transaction

    status = DONE
    with runtime() as running:
        for practice in _chosen(running, given):
            tenant_id = practice.tenant_id
            apart = set_apart(running, tenant_id, progress=_show)
            came_to = rewrap(
                running.engine, running.keys, tenant_id, now=running.clock, progress=_show
            )
            with tenant_transaction(running.engine, tenant_id) as connection:
                retired = retire_unused(connection, running.keys, tenant_id, at=running.clock())
            if came_to.left or came_to.damaged or apart.left or apart.damaged:
                status = PROBLEMS
            if given.json:
                json_line(
                    {
                        "practice": practice.slug,
                        "retired": retired,
                        "rewrap": came_to,
                        "part_two": apart,
                    }
                )
            else:
                if apart.rows or apart.left or apart.damaged:
                    line(
                        f"{practice.slug}: {apart.rows} rows of Part 2 programs put under their"
                        f" own key, {apart.left} left for the next run, {apart.damaged} that do"
                        " not open"
                    )
                line(
                    f"{practice.slug}: {came_to.rows} rows sealed anew, {came_to.left} left for"
                    f" the next run, {came_to.damaged} that do not open; {retired} old keys out"
                    " of use"
                )
    return status


def run_reindex(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from tenants.indexes import reindex

    with runtime() as running:
        for practice in _chosen(running, given):
            changed = reindex(
                running.engine,
                running.keys,
                practice.tenant_id,
                now=running.clock,
                progress=_show,
            )
            if given.json:
                json_line({"practice": practice.slug, "rows": changed})
            else:
                line(f"{practice.slug}: {changed} indexes written anew")
    return DONE


def run_leakage(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from tenants.indexes import leakage
    from tenants.session import tenant_transaction

    with runtime() as running:
        for practice in _chosen(running, given):
            with tenant_transaction(running.engine, practice.tenant_id) as connection:
                found = leakage(connection, running.keys, practice.tenant_id, at=running.clock())
            if given.json:
                json_line({"practice": practice.slug, "leakage": found})
                continue
            line(
                f"{practice.slug}: {found.patients} patients, {found.names} different surnames in"
                f" {found.values} index values of {found.bits} bits; C = {found.candidates:.1f};"
                f" {found.lone_names_percent:.1f} % of the surnames have a value alone"
            )
            if found.grown_out:
                line("  The practice has grown fourfold: run claimwright keys reindex")
    return DONE


def run_rotate_root(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from tenants.key_provider import LOCAL, open_provider
    from tenants.rotation import roots_in_use, to_newest_root

    with runtime() as running:
        is_local = running.settings.keys == LOCAL
        if given.drop_old and not is_local:
            raise InputError("--drop-old is for the keyring file; a key service keeps its own keys")
        before = open_provider(given.coming_from, running.keyring) if given.coming_from else None
        if given.drop_old:
            return _drop_old(running, given)
        practices = running.every_practice_id()
        used = roots_in_use(running.engine, practices)
        # Keys under an older root: a rotation was stopped half way and is finished first.
        if is_local and before is None and used <= {running.keyring.newest_root()}:
            running.keyring.add_root()
        changed = to_newest_root(
            running.engine,
            running.keys.provider,
            practices,
            now=running.clock,
            coming_from=before,
            progress=_show,
        )
    if given.json:
        json_line({"keys": changed})
    else:
        line(f"{changed} keys are wrapped anew.")
        if is_local:
            line("Copy keyring.json to its backup now: older copies do not open them.")
    return DONE


def _drop_old(running: Runtime, given: argparse.Namespace) -> int:
    from tenants.keys import KEPT_FOR
    from tenants.rotation import refuse_fresh_root, roots_in_use

    keyring = running.keyring
    wait: timedelta = KEPT_FOR * 2
    refuse_fresh_root(keyring.changed_at(), running.clock(), wait)
    used = roots_in_use(running.engine, running.every_practice_id())
    unused = set(keyring.root_versions()) - used - {keyring.newest_root()}
    keyring.drop_roots(unused)
    if given.json:
        json_line({"dropped": sorted(unused), "kept": keyring.root_versions()})
    else:
        line(f"{len(unused)} old root keys are forgotten, {len(keyring.root_versions())} kept.")
    return DONE
