"""Scrub documents and plugins: records out of the context, derivations beside the core's."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import msgspec
import pytest

from core.claims.parties import PayerKind
from core.errors import InputError
from core.rules.rulebook import RuleBook
from core.scrub.document import read_document, scrub_document
from plugins import (
    Case,
    Derivation,
    Derived,
    Manifest,
    RecordType,
    ResultPart,
    Touches,
    hook,
)
from plugins.host import EnabledPlugin, PluginHost
from plugins.testing import TODAY


class Fitting(msgspec.Struct, frozen=True):
    lenses: int
    tinted: bool | None = None


class Whole(msgspec.Struct, frozen=True):
    frames: int | None = None


def _supported(case: Case) -> Derived | None:
    fitting = case.record("eyes.fitting", Fitting)
    whole = case.record("eyes.whole", Whole)
    if fitting is None:
        return None
    lines = {line.line_no: {"units": fitting.lenses} for line in case.claim.lines}
    return Derived(lines=lines, claim={"frames": whole.frames if whole else None})


def eyes() -> ModuleType:
    @hook
    def records(settings: Any) -> tuple[RecordType, ...]:
        return (
            RecordType(
                id="eyes.fitting", title="Fitting", source="chart", type=Fitting, context="fitting"
            ),
            RecordType(id="eyes.whole", title="Whole", source="chart", type=Whole, context=""),
            RecordType(id="eyes.other", title="Not stated", source="chart", type=Fitting),
        )

    @hook
    def derivations(settings: Any) -> tuple[Derivation, ...]:
        touches = Touches(codes=("V2100",))
        return (
            Derivation(
                id="EY-1", title="Lenses", source="manual", derive=_supported, touches=touches
            ),
            Derivation(
                id="EY-2",
                title="Amount",
                source="manual",
                part=ResultPart.PRICING,
                touches=Touches(codes=("V2100",), payer_kinds=(PayerKind.MEDICARE,)),
                derive=lambda case: Derived(lines={1: {"allowed": "10.00"}}),
            ),
        )

    module = ModuleType("eyes")
    vars(module).update(
        MANIFEST=Manifest(name="eyes", version="1", contract=1, title="Eyes", prefixes=("EY",)),
        records=records,
        derivations=derivations,
    )
    return module


def book() -> RuleBook:
    return PluginHost(modules=(eyes(),)).build_rule_book([EnabledPlugin(name="eyes")])


def result(kind: str = "commercial", **context: Any) -> dict[str, Any]:
    document = {
        "id": "1",
        "plugins": ["eyes"],
        "payer": {"kind": kind},
        "claim": {
            "form": "837P",
            "dos": "2026-05-12",
            "pos": "11",
            "lines": [{"no": 1, "code": "V2100", "units": 1, "charge": "50.00", "ptr": [1]}],
        },
        "context": context,
    }
    return scrub_document(read_document(document, today=TODAY), book())


def test_a_record_is_the_object_of_its_name_and_one_without_a_name_the_context_itself() -> None:
    found = result(fitting={"lenses": 2, "colour": "no field of it", "tinted": None}, frames=3)
    assert found["derived"] == {"lines": [{"no": 1, "units": 2}], "frames": 3}
    assert found["pricing"] == {}


def test_what_is_not_stated_is_no_record() -> None:
    assert result(fitting=None)["derived"] == {}
    assert result(fitting={"colour": "unknown"})["derived"] == {}


def test_a_derivation_is_asked_for_payers_it_touches_and_fills_its_part() -> None:
    assert result("medicare")["pricing"] == {"lines": [{"no": 1, "allowed": "10.00"}]}


@pytest.mark.parametrize(
    ("context", "place"),
    [
        ({"fitting": {"lenses": "Ines"}}, "context.fitting.lenses"),
        ({"fitting": {"tinted": True}}, "context.fitting"),
        ({"fitting": ["Ines"]}, "context.fitting must be an object"),
        ({"frames": "Ines"}, "context.frames"),
    ],
)
def test_a_record_that_does_not_fit_is_refused_by_its_place(
    context: dict[str, Any], place: str
) -> None:
    with pytest.raises(InputError) as refused:
        result(**context)
    assert refused.value.message.startswith(place)
    assert "Ines" not in refused.value.message


def test_the_hook_derivations_is_one_of_the_book() -> None:
    assert {one.rule.id for one in book().derivations} >= {"EY-1", "EY-2"}
