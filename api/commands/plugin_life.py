"""``plugin list|install|remove|rollout``: the versions an installation has, and who runs which."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from api.commands.output import DONE, json_line, line, table


def add(actions: Any) -> None:
    """The actions of the installation, below ``plugin``."""
    listing = actions.add_parser("list", help="every plugin, its versions, and who uses them")
    _json(listing, run_list)
    install = actions.add_parser("install", help="install a version from a partner's wheel")
    install.add_argument("wheel", type=Path, metavar="FILE.whl", help="its signature beside it")
    install.add_argument(
        "--unsigned", action="store_true", help="take it without a signature; that is recorded"
    )
    _json(install, run_install)
    remove = actions.add_parser("remove", help="remove a version that no practice uses")
    remove.add_argument("name", metavar="NAME")
    remove.add_argument("version", metavar="VERSION")
    _json(remove, run_remove)
    rollout = actions.add_parser("rollout", help="which practice runs which version of a plugin")
    rollout.add_argument("name", metavar="NAME")
    _json(rollout, run_rollout)


def _json(parser: argparse.ArgumentParser, run: Any) -> None:
    parser.add_argument("--json", action="store_true", help="JSON instead of words")
    parser.set_defaults(run=run)


def run_list(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from api.plugin_installs import listing

    with runtime() as running:
        found = listing(running)
    if given.json:
        for one in found:
            installed = one.installed
            json_line(
                {
                    "name": one.name,
                    "version": one.version,
                    "title": one.title,
                    "author": one.author,
                    "sees": one.sees,
                    "signer": installed.signer if installed else None,
                    "digest": installed.digest if installed else None,
                    "installed_at": installed.installed_at if installed else None,
                    "practices": one.used_by,
                    "shadow": one.tried_by,
                }
            )
        return DONE
    table(
        ("PLUGIN", "VERSION", "ANSWERED FOR BY", "SEES", "PRACTICES", "TRIED BY"),
        [
            (
                one.name,
                one.version,
                (one.installed.signer or "nobody: unsigned") if one.installed else "the product",
                " ".join(one.sees),
                " ".join(one.used_by),
                " ".join(one.tried_by),
            )
            for one in found
        ],
    )
    return DONE


def run_install(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from api.plugin_installs import install
    from api.practices import COMMAND

    with runtime() as running:
        found, is_new = install(running, given.wheel, actor=COMMAND, unsigned=given.unsigned)
    if given.json:
        json_line(
            {
                "name": found.name,
                "version": found.version,
                "digest": found.digest,
                "signer": found.signer,
                "sees": found.manifest.sees,
                "installed": is_new,
            }
        )
        return DONE
    if not is_new:
        line(f"{found.name} {found.version} is installed already; nothing was changed")
        return DONE
    by = f"signed by {found.signer}" if found.signer else "unsigned"
    line(f"{found.name} {found.version} is installed, {by}; it works for no practice yet")
    sees = ", ".join(one.value for one in found.manifest.sees)
    line(f"  it asks to see: {sees or 'nothing beside codes, days, units and places'}")
    return DONE


def run_remove(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from api.plugin_installs import remove
    from api.practices import COMMAND

    with runtime() as running:
        found = remove(running, given.name, given.version, actor=COMMAND)
    if given.json:
        json_line({"name": found.name, "version": found.version, "digest": found.digest})
    else:
        line(f"{found.name} {found.version} is removed")
    return DONE


def run_rollout(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from api.plugin_status import rollout

    with runtime() as running:
        found = rollout(running, given.name)
    if given.json:
        for one in found:
            json_line(one)
        return DONE
    table(
        ("PRACTICE", "STATE", "VERSION", "IN SHADOW", "FAULTS TODAY"),
        [(one.practice, one.state, one.version, one.shadow, one.faults_today) for one in found],
    )
    return DONE
