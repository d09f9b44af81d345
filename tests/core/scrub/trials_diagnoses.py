"""PS-* of section 3: each a claim that trips the edit and one that just does not."""

from __future__ import annotations

from datetime import date
from typing import Any

from core.claims.claim import Claim
from core.claims.parties import Sex
from tests.core.scrub.trials import CLEAN, DAY, PATIENT, Trial, claim, dated, line, replace, tables


def _of(*diagnoses: str, modifiers: tuple[str, ...] = (), code: str = "99213") -> Claim:
    pointers = tuple(range(1, min(len(diagnoses), 4) + 1))
    return claim(line(code, modifiers=modifiers, pointers=pointers), diagnoses=diagnoses)


def _on(day: date, diagnosis: str) -> Claim:
    return claim(dated(day), diagnoses=(diagnosis,))


def _patient(sex: Sex | None, *diagnoses: str, birth: date | None = None, **changes: Any) -> Claim:
    person = replace(PATIENT, sex=sex, birth_date=birth or PATIENT.birth_date)
    lines = changes.pop("lines", (line(),))
    return claim(*lines, patient=person, diagnoses=diagnoses, **changes)


def _aged(birth: date, code: str, *diagnoses: str) -> Claim:
    return _patient(None, *(diagnoses or ("Z0000",)), birth=birth, lines=(line(code),))


def _visit_at(birth: date, code: str) -> Claim:
    return _aged(birth, code, "Z0289")


_COVERAGE = tables(coverage={"93306": ["I50.9", "I25.10"]})


def _echo(*pointers: int, modifiers: tuple[str, ...] = ()) -> Claim:
    echo = line("93306", pointers=pointers, modifiers=modifiers)
    return claim(echo, diagnoses=("I10", "I509"))


TRIALS = (
    Trial("PS-020", _of("E11"), _of("E119")),
    Trial("PS-020", _of("ZZZ99"), _of("E119")),
    Trial("PS-020", _on(date(2021, 9, 30), "F32A"), _on(date(2021, 10, 1), "F32A")),
    Trial("PS-020", _on(date(2022, 10, 1), "F438"), _on(date(2022, 9, 30), "F438")),
    Trial("PS-020", _on(date(2022, 9, 30), "F4389"), _on(date(2022, 10, 1), "F4389")),
    Trial("PS-020", _on(date(2024, 10, 1), "F502"), _on(date(2024, 9, 30), "F502")),
    Trial("PS-020", _on(date(2024, 10, 1), "F5081"), _on(date(2024, 10, 1), "F50810")),
    Trial("PS-021", claim(diagnoses=("I10",) * 13), claim(diagnoses=("I10",) * 12)),
    Trial("PS-022", claim(line(pointers=(3,))), claim(line(pointers=(2,)))),
    Trial("PS-022", claim(line(pointers=(0,))), claim(line(pointers=(1,)))),
    Trial("PS-022", claim(line(pointers=())), CLEAN),
    Trial("PS-022", claim(line(pointers=(1, 2, 1, 2, 1))), claim(line(pointers=(1, 2, 1, 2)))),
    Trial("PS-023", claim(diagnoses=("V892XXA",)), claim(diagnoses=("U071",))),
    Trial("PS-023", _of("W19XXXA", "S93401A"), _of("S93401A", "W19XXXA")),
    Trial(
        "PS-023",
        claim(line(pointers=(2, 1)), diagnoses=("S93401A", "W19XXXA")),
        claim(line(pointers=(1, 2)), diagnoses=("S93401A", "W19XXXA")),
    ),
    Trial("PS-023", _of("Y92009"), _of("Z630")),
    Trial("PS-024", _of("F0280"), _of("G309", "F0280")),
    Trial("PS-024", _of("G63", "E119"), _of("E119", "G63")),
    Trial("PS-024", _of("R4182", "F0280"), _of("G3183", "R4182", "F0280")),
    Trial("PS-025", _of("E109", "E119"), _of("E119", "E1165")),
    Trial("PS-025", _of("F329", "F331"), _of("F331", "F411")),
    Trial("PS-025", _of("I10", "F319", "F321"), _of("I10", "F319", "F411")),
    Trial("PS-026", _patient(Sex.FEMALE, "N401"), _patient(Sex.MALE, "N401")),
    Trial("PS-026", _patient(Sex.MALE, "O80"), _patient(Sex.UNKNOWN, "O80")),
    Trial(
        "PS-026",
        _patient(Sex.MALE, "I10", "N809"),
        _patient(Sex.MALE, "I10", "N809", lines=(line(modifiers=("25", "KX")),)),
    ),
    Trial(
        "PS-026",
        _patient(Sex.MALE, "N809", condition_codes=("44",)),
        _patient(Sex.MALE, "N809", condition_codes=("44", "45")),
    ),
    Trial("PS-027", _aged(date(1985, 3, 14), "99213", "P0730"), CLEAN),
    Trial(
        "PS-027",
        _aged(date(2026, 2, 1), "99213", "Z3800"),
        _aged(DAY, "99213", "Z3800"),
    ),
    Trial(
        "PS-027", _aged(date(2017, 5, 13), "99213", "O80"), _aged(date(2017, 5, 12), "99213", "O80")
    ),
    Trial(
        "PS-027", _aged(date(1961, 5, 12), "99213", "O80"), _aged(date(1961, 5, 13), "99213", "O80")
    ),
    Trial("PS-027", _visit_at(date(2025, 5, 12), "99381"), _visit_at(date(2025, 5, 13), "99381")),
    Trial("PS-027", _visit_at(date(2021, 5, 12), "99392"), _visit_at(date(2021, 5, 13), "99392")),
    Trial("PS-027", _visit_at(date(2008, 5, 13), "99385"), _visit_at(date(2008, 5, 12), "99385")),
    Trial("PS-027", _visit_at(date(1961, 5, 13), "99397"), _visit_at(date(1961, 5, 12), "99397")),
    Trial(
        "PS-027",
        _aged(date(2011, 5, 13), "99213", "Z0000"),
        _aged(date(2011, 5, 12), "99213", "Z0000"),
    ),
    Trial("PS-028", _of("M1711", modifiers=("LT",)), _of("M1711", modifiers=("RT",))),
    Trial("PS-028", _of("M1711", modifiers=("GP", "59", "LT")), _of("M170", modifiers=("LT",))),
    Trial("PS-028", _of("M1711", "I10", modifiers=("LT",)), _of("I10", modifiers=("LT",))),
    Trial(
        "PS-028",
        claim(line(modifiers=("LT",), pointers=(1,)), diagnoses=("M1711", "M1712")),
        claim(line(modifiers=("LT",), pointers=(2,)), diagnoses=("M1711", "M1712")),
    ),
    Trial("PS-028", _of("M1712", modifiers=("RT",)), _of("M1712", modifiers=("50",))),
    Trial("PS-028", _of("M79671", modifiers=("TA",)), _of("M79671", modifiers=("T5",))),
    Trial("PS-029", claim(diagnoses=("I10", "I10")), CLEAN),
    Trial("PS-030", _of("M1710", modifiers=("RT",)), _of("M1710")),
    Trial("PS-030", _of("M1710", modifiers=("50",)), _of("M170", modifiers=("50",))),
    Trial("PS-075", _echo(1), _echo(2), tables=_COVERAGE),
    Trial("PS-075", _echo(1), _echo(1, 2), tables=_COVERAGE),
    Trial(
        "PS-075", _echo(1, modifiers=("26",)), _echo(1, modifiers=("26", "GA")), tables=_COVERAGE
    ),
    Trial("PS-075", _echo(1), _echo(1, modifiers=("GZ",)), tables=_COVERAGE),
    Trial("PS-075", _echo(1), claim(line("93307")), tables=_COVERAGE),
    Trial("PS-075", _echo(1), _echo(2), tables=tables(coverage={"93306": ["I50.-"]})),
    Trial("PS-075", _echo(2), _echo(2, 1), tables=tables(coverage={"93306": ["I5", "I10"]})),
)
