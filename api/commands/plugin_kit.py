"""``plugin new|keygen|...``: what partners write, check and hand over plugins with.

None of it needs a database, except where a practice is named.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.commands.output import DONE, PROBLEMS, json_line, line, progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.partner_kit.compat import PluginReport
    from api.partner_kit.difference import Change


def add(actions: Any) -> None:
    """The actions of the kit, below ``plugin``."""
    _add_new(actions)
    _add_check(actions)
    _add_diff(actions)
    _add_signing(actions)
    _add_compat(actions)


def _add_new(actions: Any) -> None:
    new = actions.add_parser("new", help="write a package: a rule, a fee table, tests, README, CI")
    new.add_argument("name", metavar="NAME", help="a Python name, such as eye_care")
    new.add_argument("--specialty", default="", help="what to begin with (asked for on a terminal)")
    new.add_argument("--folder", type=Path, default=Path(), help="where to (default here)")
    new.add_argument("--prefix", default="", help="how its rules begin (default from the name)")
    new.add_argument("--author", default="", help="whom a fault is reported to")
    _json(new, run_new)


def _add_check(actions: Any) -> None:
    check = actions.add_parser(
        "check", help="all the contract asks of a plugin, with file and line; runs its code"
    )
    _plugin(check)
    check.add_argument(
        "--no-fence", action="store_true", help="leave out running it as a practice would"
    )
    _json(check, run_check)


def _add_diff(actions: Any) -> None:
    diff = actions.add_parser(
        "diff", help="what one version of a plugin states otherwise than another; runs both"
    )
    _plugin(diff, "before")
    _plugin(diff, "after")
    _json(diff, run_diff)


def _add_signing(actions: Any) -> None:
    keygen = actions.add_parser("keygen", help="make a key to sign plugins with")
    keygen.add_argument("file", type=Path, metavar="FILE", help="a new file; FILE.pub beside it")
    _json(keygen, run_keygen)
    sign = actions.add_parser("sign", help="sign a wheel, and list what is in it; runs its code")
    sign.add_argument("wheel", type=Path, metavar="WHEEL")
    sign.add_argument("--key", type=Path, required=True, metavar="FILE", help="of plugin keygen")
    _json(sign, run_sign)
    verify = actions.add_parser("verify", help="who signed a wheel; runs nothing of it")
    verify.add_argument("wheel", type=Path, metavar="WHEEL")
    verify.add_argument(
        "--trusted", type=Path, metavar="DIR", help="public keys by name (default those installed)"
    )
    _json(verify, run_verify)


def _add_compat(actions: Any) -> None:
    compat = actions.add_parser(
        "compat", help="how plugins, and practices, fare with another contract; runs nothing"
    )
    compat.add_argument(
        "plugins",
        nargs="*",
        metavar="PLUGIN",
        help="folders, wheels or names (default all that are installed)",
    )
    compat.add_argument(
        "--contract", type=int, default=0, metavar="N", help="of which contract (default the next)"
    )
    compat.add_argument("--practices", action="store_true", help="by practice; asks the database")
    _json(compat, run_compat)


def _plugin(parser: argparse.ArgumentParser, name: str = "plugin") -> None:
    parser.add_argument(
        name, metavar=name.upper(), help="its folder, a wheel, or the name of an installed one"
    )


def _json(parser: argparse.ArgumentParser, run: Any) -> None:
    parser.add_argument("--json", action="store_true", help="JSON instead of words")
    parser.set_defaults(run=run)


def run_new(given: argparse.Namespace) -> int:
    """Write the package and say how to go on."""
    from api.partner_kit.new import DEFAULT_SPECIALTY, NewPlugin, write_package

    specialty = given.specialty or (_asked() if _is_at_terminal(given) else DEFAULT_SPECIALTY)
    asked = NewPlugin(
        name=given.name, specialty=specialty, prefix=given.prefix, author=given.author
    )
    folder = write_package(asked, given.folder)
    if given.json:
        files = sorted(
            path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
        )
        json_line({"name": asked.name, "folder": str(folder), "files": files})
        return DONE
    line(f"{folder} is written. Go on with:")
    line(f"  cd {folder}")
    line("  claimwright plugin test")
    line("  claimwright plugin check .")
    return DONE


def _is_at_terminal(given: argparse.Namespace) -> bool:
    return not given.json and sys.stdin.isatty() and sys.stdout.isatty()


def _asked() -> str:
    """Which specialty to begin with, by number or name."""
    from api.partner_kit.new import DEFAULT_SPECIALTY, SPECIALTIES

    names = list(SPECIALTIES)
    for number, name in enumerate(names, 1):
        line(f"  {number}  {SPECIALTIES[name].title}")
    sys.stdout.write(f"Which specialty? [{DEFAULT_SPECIALTY}] ")
    sys.stdout.flush()
    answer = sys.stdin.readline().strip()
    if answer.isdecimal() and 1 <= int(answer) <= len(names):
        return names[int(answer) - 1]
    return answer.lower().replace(" ", "_") or DEFAULT_SPECIALTY


def run_check(given: argparse.Namespace) -> int:
    """Say what is wrong, worst first; status 1 when something has to be put right."""
    from api.partner_kit.check import check
    from api.partner_kit.locate import located

    with located(given.plugin) as plugin:
        progress(f"{plugin.title} is loaded, asked and watched")
        found = check(plugin, is_fenced=not given.no_fence)
    if given.json:
        json_line(found)
        return DONE if found.is_fit else PROBLEMS
    for one in found.faults:
        line(f"{'note' if one.is_warning else 'fault'} ({one.check})  {one}")
    faults = sum(not one.is_warning for one in found.faults)
    notes = len(found.faults) - faults
    sees = ", ".join(found.sees) or "no facts beside the services"
    line(
        f"{found.name} {found.version}: {found.rules} rules, sees {sees}; "
        f"{faults} faults, {notes} notes, {found.seconds:g} s"
    )
    if found.note:
        line(f"It was not run in a fenced process: {found.note}.")
    return DONE if found.is_fit else PROBLEMS


def run_diff(given: argparse.Namespace) -> int:
    """Both are loaded, each in a process of its own."""
    from api.partner_kit.asked import describe
    from api.partner_kit.difference import difference
    from api.partner_kit.locate import located

    with located(given.before) as old, located(given.after) as new:
        found = difference(describe(old), describe(new))
    if given.json:
        json_line(found)
        return DONE
    line(f"{found.name} {found.before} -> {found.after}")
    if found.is_empty:
        line("  states the same")
    for kind in found.sees_added:
        line(f"  PERMISSION ASKED: it wants to see {kind}; each practice is asked")
    for kind in found.sees_removed:
        line(f"  permission given back: {kind}")
    for field in found.manifest:
        line(f"  manifest: {field.name} {field.before or 'none'} -> {field.after or 'none'}")
    for name in found.hooks_added:
        line(f"  hook added: {name}")
    for name in found.hooks_removed:
        line(f"  hook removed: {name}")
    for change in found.changes:
        _say_change(change)
    for change in found.files:
        line(f"  file {change.what}: {change.id}")
    return DONE


def _say_change(change: Change) -> None:
    title = f" {change.title}" if change.title else ""
    line(f"  {change.kind} {change.what}: {change.id}{title}")
    for field in change.fields:
        if field.name == "code":
            line("    what it does is written otherwise")
        elif change.what == "changed":
            line(f"    {field.name}: {field.before or 'none'} -> {field.after or 'none'}")
        elif said := field.after or field.before:
            line(f"    {field.name}: {said}")


def run_keygen(given: argparse.Namespace) -> int:
    """A private key that others cannot read, and its public half."""
    from api.plugin_signature import fingerprint, make_key

    known_by = fingerprint(make_key(given.file))
    if given.json:
        json_line({"key": str(given.file), "fingerprint": known_by})
        return DONE
    line(f"{given.file} is the key: keep it from others, and where it is not lost.")
    line(f"{given.file}.pub goes to who runs Claimwright, by another way than the wheels.")
    line(f"Its fingerprint, to be read to them: {known_by}")
    return DONE


def run_sign(given: argparse.Namespace) -> int:
    """Write the signature and the list of contents beside the wheel."""
    from api.partner_kit.handing_over import sign_wheel
    from api.partner_kit.locate import located

    with located(str(given.wheel)) as plugin:
        signed = sign_wheel(given.wheel, plugin, given.key)
    if given.json:
        json_line(
            {
                "signature": str(signed.signature),
                "contents": str(signed.contents),
                "statement": signed.statement,
            }
        )
        return DONE
    said = signed.statement
    line(f"{signed.signature.name}: {said.name} {said.version}, contract {said.contract}, signed")
    line(f"{signed.contents.name}: the files in it, with their digests")
    return DONE


def run_verify(given: argparse.Namespace) -> int:
    """Status 2 when nobody trusted signed it, or anything was altered."""
    from api.plugin_signature import verify

    signer = verify(given.wheel, trusted=given.trusted or _installed_keys())
    if given.json:
        json_line(signer)
        return DONE
    said = signer.statement
    line(f"{said.name} {said.version} is signed by {signer.name} ({signer.fingerprint})")
    line(
        f"  contract {said.contract}, {said.rules} rules, sees {', '.join(said.sees) or 'nothing'}"
    )
    return DONE


def _installed_keys() -> Path:
    from api.plugin_store import PluginStore
    from api.settings import read

    return PluginStore(read().home).trusted


def run_compat(given: argparse.Namespace) -> int:
    """Status 1 when anything blocks."""
    from contextlib import ExitStack

    from api.partner_kit.compat import installed, report
    from api.partner_kit.locate import located
    from api.settings import read
    from plugins.contract_changes import NEXT

    contract = given.contract or NEXT
    with ExitStack() as opened:
        meant = [opened.enter_context(located(one)) for one in given.plugins]
        found = [report(one, contract) for one in meant or installed(read().home)]
    if given.practices:
        return _practices(given, found)
    for one in found:
        if given.json:
            json_line(one)
            continue
        line(f"{one.found.verdict:6}  {one.name} {one.version}".rstrip())
        for reason in one.found.reasons:
            line(f"        {reason}")
    if not given.json:
        line(f"{len(found)} plugins beside contract {contract}")
    return PROBLEMS if any(one.found.verdict == "blocks" for one in found) else DONE


def _practices(given: argparse.Namespace, found: Sequence[PluginReport]) -> int:
    from api.bootstrap import runtime
    from api.partner_kit.compat import by_practice

    with runtime() as running:
        reports = by_practice(running, found)
    for one in reports:
        if given.json:
            json_line(one)
            continue
        line(f"{one.verdict:6}  {one.practice}")
        for plugin in one.plugins:
            for reason in plugin.found.reasons:
                line(f"        {plugin.name} {plugin.version}: {reason}")
    return PROBLEMS if any(one.verdict == "blocks" for one in reports) else DONE
