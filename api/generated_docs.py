"""The pages of ``docs/`` that are made from the code: ``python -m api.generated_docs``.

One function a page, each pure: the same code gives the same bytes. ``tests/house/test_docs.py``
fails when a page is not what its function says.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from api import cli
from api import rules_page as rules_page_parts
from api.access_matrix import access_page
from api.declared_rules_page import declared_rules_page, knobs_page
from api.http.v1.page import interface_page
from api.partner_reference import reference
from audit.event import catalogue_markdown
from core import errors
from core.claims.lifecycle import Stage, moves_table
from core.errors import ClaimwrightError
from plugins import spec

FOLDER = Path(__file__).resolve().parent.parent / "docs"


def hooks_page() -> str:
    """``docs/hooks.md``: the contract with partners."""
    return spec.documentation()


def audit_events_page() -> str:
    """``docs/audit-events.md``: every kind of event."""
    return catalogue_markdown()


def claim_moves_page() -> str:
    """``docs/claim-moves.md``: the one table of moves of a claim."""
    stages = ", ".join(stage.value for stage in Stage)
    return "\n".join(
        (
            "# Moves of a claim",
            "",
            _made_from("core/claims/lifecycle.py"),
            "",
            "Where a claim stands is four answers: its stage, who owes what is open, who acts next",
            "and by when. A move that is not in the table is refused (`StateError`). *owes* and",
            "*next* are the answers after the move, *days* is how long the next one has.",
            "",
            f"Stages: {stages}.",
            "",
            moves_table(),
        )
    )


def errors_page() -> str:
    """``docs/errors.md``: the tree of errors with codes and statuses."""
    rows = [
        (
            f"{'&nbsp;&nbsp;' * depth}`{kind.__name__}`",
            f"`{kind.code}`",
            kind.exit_status,
            kind.http_status,
            _first_paragraph(kind),
        )
        for depth, kind in _tree(ClaimwrightError, 0)
    ]
    return "\n".join(
        (
            "# Errors",
            "",
            _made_from("core/errors.py"),
            "",
            "A message says in plain words what is wrong and what to do, and never holds health",
            "information. The command line prints it and ends with the exit status; a page or an",
            "answer in JSON carries the code and the HTTP status. A finding about a claim is no",
            "error: see [rules](rules.md).",
            "",
            *_table(("error", "code", "exit", "HTTP", "meaning"), rows),
            "",
        )
    )


def rules_page() -> str:
    """``docs/rules.md``: every rule of the platform and of the specialties that come with it."""
    sets = rules_page_parts.contributors()
    parts = [
        "# Rules",
        "",
        _made_from("the platform and the built-in specialties"),
        "",
        "`reject` holds a claim until it is put right. `deny` holds it unless somebody overrides",
        "with a reason. `warn` and `info` do not hold. Other kinds of rules have no severity. A",
        "window is counted by the day of service, unless it says otherwise. *837 place* is where",
        "to look in the file, *prevents* the denial codes (CARC, RARC) it is there to prevent.",
        "Sources ending in `.md` are fact sheets of the trade. A specialty's invented fee table is",
        "off by default and not listed.",
        "",
        "*Shown by* names trials or tests. A trial is one claim on which the rule fires and one",
        "like it on which it stays quiet; those of a rule are counted from 1, and",
        "`pytest tests/core/scrub tests/plugins -k PS-001-` runs those of one.",
        "",
        "| contributor | version | rules |",
        "|---|---|---|",
    ]
    parts += [
        f"| [{title}](#{_anchor(title)}) | {one.version} | {len(one.rules())} |"
        for title, one in sets
    ]
    for title, one in sets:
        rows = rules_page_parts.rows(one)
        parts += ["", f"## {title}", "", *_table(rules_page_parts.HEADER, rows)]
    return "\n".join([*parts, ""])


def commands_page() -> str:
    """``docs/commands.md``: every command with its arguments."""
    parts = [
        "# Commands",
        "",
        _made_from("the command line"),
        "",
        "Exit status: 0 done, 1 done with problems found, 2 it could not be done. All state lives",
        "under `CLAIMWRIGHT_HOME` ([operating](operating.md)). [The tour](tour.md) walks through",
        "them.",
    ]
    for words, help_text, parser in leaf_commands(cli.parser()):
        rows = [
            (f"`{_written(action)}`", _explained(action)) for action in _actions(parser) if action
        ]
        parts += ["", f"## claimwright {words}", "", f"{help_text[:1].upper()}{help_text[1:]}."]
        if rows:
            parts += ["", *_table(("argument", "meaning"), rows)]
    return "\n".join([*parts, ""])


PAGES: Mapping[str, Callable[[], str]] = {
    "hooks.md": hooks_page,
    "partners/reference.md": reference,
    "audit-events.md": audit_events_page,
    "claim-moves.md": claim_moves_page,
    "errors.md": errors_page,
    "rules.md": rules_page,
    "commands.md": commands_page,
    "access.md": access_page,
    "api.md": interface_page,
    "declared-rules.md": lambda: declared_rules_page(_made_from("core/rules/declared_fields.py")),
    "knobs.md": lambda: knobs_page(_made_from("core/rules/policy.py")),
}
"""The generated pages by file name."""


def write(folder: Path = FOLDER) -> tuple[str, ...]:
    """Write the pages that changed; their names."""
    changed = []
    for name, page in PAGES.items():
        path, text = folder / name, page()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            changed.append(name)
    return tuple(changed)


def leaf_commands(
    parser: argparse.ArgumentParser, words: str = "", help_text: str = ""
) -> Iterator[tuple[str, str, argparse.ArgumentParser]]:
    """Every command that does something: its words, its help, and the parser of its arguments."""
    groups = subparsers(parser)
    if not groups:
        yield words, help_text, parser
    for name, (below, text) in groups.items():
        yield from leaf_commands(below, f"{words} {name}".strip(), text)


def subparsers(parser: argparse.ArgumentParser) -> dict[str, tuple[argparse.ArgumentParser, str]]:
    """The commands directly below ``parser`` with their help, by name."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            texts = {one.dest: one.help or "" for one in action._choices_actions}
            return {name: (one, texts.get(name, "")) for name, one in action.choices.items()}
    return {}


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        if action.help != argparse.SUPPRESS and not isinstance(action, argparse._HelpAction):
            yield action


def _written(action: argparse.Action) -> str:
    if not action.option_strings:
        name = str(action.metavar or action.dest)
        return {"+": f"{name} ...", "*": f"[{name} ...]"}.get(str(action.nargs), name)
    if action.nargs == 0:
        return action.option_strings[0]
    return f"{action.option_strings[0]} {action.metavar or action.dest.upper()}"


def _explained(action: argparse.Action) -> str:
    parts = [action.help] if action.help else []
    if action.choices:
        parts.append(f"one of {', '.join(map(str, action.choices))}")
    if action.required and action.option_strings:
        parts.append("needed")
    is_value = action.nargs != 0 and action.default not in (None, "", [])
    if is_value and "(default" not in (action.help or ""):
        parts.append(f"default {action.default}")
    return "; ".join(parts)


def _tree(kind: type[ClaimwrightError], depth: int) -> Iterator[tuple[int, type[ClaimwrightError]]]:
    yield depth, kind
    for below in kind.__subclasses__():
        if below.__module__ == errors.__name__:
            yield from _tree(below, depth + 1)


def _first_paragraph(kind: type) -> str:
    return " ".join((kind.__doc__ or "").split("\n\n")[0].split()).replace("``", "`")


def _table(header: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    names = list(header)
    yield f"| {' | '.join(names)} |"
    yield "|" + "---|" * len(names)
    for row in rows:
        yield f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in row)} |"


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")


def _made_from(source: str) -> str:
    where = f"`{source}`" if source.endswith(".py") else source
    return f"Made from {where} by `make docs`; do not edit."


if __name__ == "__main__":
    sys.stdout.write("".join(f"docs/{name} written\n" for name in write()) or "All current.\n")
