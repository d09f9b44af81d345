"""The reference names every value a partner may use, with words, and every name of it is there."""

from __future__ import annotations

import re

import pytest

from api.partner_reference import MODULES, public_names, reference

PAGE = reference()


@pytest.mark.parametrize("module", [one for one, _ in MODULES], ids=lambda one: one.__name__)
def test_every_public_name_has_an_entry_with_words(module: object) -> None:
    part = PAGE.partition(f"\n## {module.__name__}: ")[2].partition("\n## ")[0]
    silent = []
    for name in public_names(module):
        entry = part.partition(f"\n### {name}\n")[2].partition("\n### ")[0]
        if not re.search(r"[A-Za-z]{3}", entry):
            silent.append(name)
    assert silent == []


def test_fields_methods_and_values_of_enumerations_are_listed() -> None:
    for line in (
        "| `units` = | `Decimal` |",
        "| `service_from` = | `date \\| None` |",
        "`deny`",
        "`.policy_on(line: ServiceLine) -> Policy`: The knobs on the line's day of service.",
        "### HARBOR_MEDICARE",
        "`answer_file(claim: Claim, *, denied: Collection[int] = (), carc: str = '96',",
    ):
        assert line in PAGE, line
