"""``docs/declared-rules.md`` and ``docs/knobs.md``, made from the catalogue and the knobs."""

from __future__ import annotations

from collections.abc import Iterator

from core.rules.declared import LAYERS, PREFIXES, ActionKind, Operator, Over, Reprice
from core.rules.declared_conditions import operators_of
from core.rules.declared_fields import Field, FieldType, Setting, catalogue
from core.rules.declared_words import operator_in_words
from core.rules.policy import KNOBS
from core.rules.policy_file import COLUMNS

_INTRODUCTION = """\
A rule says for which claims it is, on whose word, from when to when, and what is to be done. It is
written on the page *Rules* of a practice (below *Practices*), or as a file:

```sh
claimwright rules check rules.toml --practice river     # what is wrong, and how it meets the others
claimwright rules save rules.toml --practice river --reason "bulletin of January"
claimwright rules dry-run OWN-TELEHEALTH-1 --practice river --months 3
claimwright rules backtest OWN-TELEHEALTH-1 --practice river
claimwright rules activate OWN-TELEHEALTH-1 --practice river --reason "tried on a quarter"
claimwright rules end OWN-TELEHEALTH-1 --practice river --reason "the payer took it back"
```

- **A draft judges nothing.** Each save is a version, each step keeps who took it, as what, and why;
  nothing is ever changed or removed. A version ends where the next begins.
- **Conflicts** are told when a rule is checked, saved and switched on: two rules of one layer that
  make something else of one field on claims both may match are refused, and the other's document is
  named. Between layers the later one wins, and that is said.
- **Dry run** counts the claims of the last months that would have met the rule; **back-test**
  replays it and compares with what payers decided. Above the number of claims a month that the
  practice sets, a rule that holds or warns is switched on only after a back-test of exactly this
  rule, not older than 92 days.
- **On the claim**, rules that set and tag run before pricing, those that reprice after it, and then
  the claim is judged. Conditions are asked of the claim as it came, so the order of rules changes
  nothing. What each changed stands in its trace, version by version of the claim. Rules run when a
  claim is made and when it is edited; a rescrub judges anew and changes nothing on the claim.
- **What is billed** (codes, units, modifiers, diagnoses) is never changed by a rule: it is
  suggested, the claim is held, and a person confirms it. Code, units, modifiers, place of service
  and a further line are confirmed with one click; the rest is put right on the edit form.
- **Nothing of a person** stands in a rule: names, numbers and birth dates can be asked for presence
  only, and a text that looks like a number of somebody is refused.

## Example

```toml
[[rules]]
id = "OWN-TELEHEALTH-1"
title = "Telehealth to Bluestone needs modifier 95"
document = "Bluestone bulletin 2026-03"
page = "4"
layer = "practice"
first_day = 2026-04-01
payers = ["30003"]

[[rules.clauses]]
over = "this_line"
conditions = [
  { field = "line.place", operator = "one_of", values = ["02", "10"] },
  { field = "line.modifiers", operator = "none_of", values = ["95", "93"] },
]

[[rules.actions]]
kind = "hold"
message = "Bluestone pays telehealth with modifier 95 only"
carc = "4"

[[rules.actions]]
kind = "set"
field = "line.modifiers"
value = "+95"

[[rules.actions]]
kind = "route"
value = "coder"

[[rules.actions]]
kind = "tag"
value = "telehealth"
```
"""

_ACTIONS = {
    ActionKind.HOLD: "`message`, `suggestion`, `carc`, `rarc`: held until overridden with a reason",
    ActionKind.REJECT: "the same: held until it is put right; nobody overrides",
    ActionKind.WARN: "the same: shown, holds nothing",
    ActionKind.SET: "`field`, `value`: as the table of fields says; `+25` adds one value",
    ActionKind.ADD_LINE: "`value` `G2211 25 x1`: suggested by a rule that holds",
    ActionKind.ROUTE: "`value` biller, coder or client: who the held claim goes to",
    ActionKind.TAG: "`value`: small letters, digits, hyphens; shown in the queue",
    ActionKind.REPRICE: "`reprice`, `value`: an amount of the line, of a rule about lines",
}
_OVERS = {
    Over.CLAIM: "the claim as a whole",
    Over.THIS_LINE: "each line by itself; what is found, is found on the line",
    Over.ANY_LINE: "one line at least meets the conditions",
    Over.EVERY_LINE: "all lines do",
    Over.NO_LINE: "none does",
}
_TYPES = {
    FieldType.TEXT: "text",
    FieldType.CHOICE: "one of a list",
    FieldType.MONEY: "dollars, 125.50",
    FieldType.NUMBER: "a number",
    FieldType.DAY: "a day, 2026-01-31",
    FieldType.FLAG: "yes or no",
}


def declared_rules_page(made_from: str) -> str:
    """``docs/declared-rules.md``."""
    return "\n".join(("# Rules without programming", "", made_from, "", *_lines(), ""))


def _lines() -> Iterator[str]:
    yield _INTRODUCTION
    yield from ("## Layers", "", "| layer | id begins with | who saves it |", "|---|---|---|")
    who = "an administrator, for every practice"
    for layer in LAYERS:
        keeps = "a lead or an administrator, for the practice" if layer == "practice" else who
        yield f"| {layer} | `{PREFIXES[layer]}-` | {keeps} |"
    yield ""
    yield "The platform's rules and those of specialties are code ([rules](rules.md)); a rule here"
    yield "may supersede one of them, never one that rejects by something milder."
    yield from ("", "## What a clause looks at", "", "| over | |", "|---|---|")
    yield from (f"| `{over}` | {said} |" for over, said in _OVERS.items())
    yield from ("", "## How fields are compared", "", "| operator | reads | of |", "|---|---|---|")
    yield from (f"| `{one}` | {operator_in_words(one)} | {_of(one)} |" for one in Operator)
    yield from ("", "## What a rule does", "", "| kind | |", "|---|---|")
    yield from (f"| `{kind}` | {said} |" for kind, said in _ACTIONS.items())
    yield from ("", f"`reprice` is one of {', '.join(f'`{one}`' for one in Reprice)}.", "")
    yield from ("## Fields", "", "*Set*: by a rule quietly (yes), confirmed by a person, or never.")
    yield "*Presence*: the field belongs to a person and can be missing or present, nothing else."
    yield from ("", "| field | holds | several | set | |", "|---|---|---|---|---|")
    yield from (_row(field) for field in catalogue().values())


def _of(operator: Operator) -> str:
    kinds = {field.type for field in catalogue().values() if operator in operators_of(field)}
    return ", ".join(kind for kind in FieldType if kind in kinds)


def _row(field: Field) -> str:
    setting = "" if field.setting is Setting.NEVER else field.setting.value
    holds = _TYPES[field.type]
    if field.presence_only:
        holds = "presence"
    elif field.choices:
        holds = ", ".join(f"`{one}`" for one in field.choices)
    several = "yes" if field.many else ""
    return f"| `{field.path}` | {holds} | {several} | {setting} | {field.meaning} |"


def knobs_page(made_from: str) -> str:
    """``docs/knobs.md``."""
    kinds = {
        "text": "a word",
        "number": "a whole number",
        "flag": "yes or no",
        "codes": "codes with spaces, or all",
        "map": "codes by name: `LCSW: AJ`, one a line",
        "limits": "`90791 90792: 1 per year`, one a line",
    }
    rows = [f"| `{name}` | {kinds[kind]} |" for name, kind in KNOBS.items()]
    return "\n".join(
        (
            "# Payer policies",
            "",
            made_from,
            "",
            "What a payer asks for is a knob with a value, entered with document, page and days:",
            "on the page *Payer policies* of a practice, on the page of a payer, or by",
            "`claimwright policy set`, `policy load FILE`, `policy end`. `policy stale` lists what",
            "is expired, or to be looked at within a month.",
            "",
            "Entries are never changed. One about the same question, payers and days follows the",
            "earlier one from its first day on. Which one wins for a claim on its day of service:",
            "the practice's own before every practice's, then the one that names the payer, then",
            "the plan, the state, the kind of payer. Two of equal rank that disagree are refused,",
            "and both papers are named.",
            "",
            f"A file is csv with the columns {', '.join(f'`{one}`' for one in COLUMNS)}, or JSON",
            "with a list `policies` of objects with these names. It is taken whole, or refused",
            "with the line and the column.",
            "",
            "| knob | value |",
            "|---|---|",
            *rows,
            "",
        )
    )
