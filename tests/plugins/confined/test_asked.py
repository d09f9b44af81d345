"""What a confined rule asks of the house: reference tables it needs, and prices of other lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec
import pytest

from core.dates import Window
from core.errors import PluginError
from core.rules.facts import ScrubFacts
from core.rules.policy import Policy
from core.rules.pricing import PricingCase
from core.rules.rulebook import compile_rule_book
from core.rules.tables import Edition, Pair, Tables
from core.scrub.document import read_document, scrub_document
from core.scrub.engine import scrub
from core.scrub.finding import Finding
from plugins.confined.asked import House, methods
from plugins.confined.plugin import ConfinedPlugin
from plugins.confined.protocol import TableAsked, encoded
from plugins.host import (
    BUILT_IN,
    EnabledPlugin,
    PluginHost,
    default_host,
    platform_rules,
)
from plugins.source import PluginSource
from plugins.testing import SERVICE_DAY, TODAY, line, professional_claim
from tests.plugins.confined.partners import hosting, written
from tests.plugins.test_published_cases import CASES, FILES

PAIR = Pair(
    column1="V2100", column2="V2020", indicator="0",
    edition=Edition(table="NCCI", release="2026Q2", row="V2100 V2020"),
)  # fmt: skip

ASKING = """
from plugins import ClaimEdit, Flag, Manifest, Needs, PricingStep, Sees, Severity, Touches, hook
from msgspec.structs import replace

MANIFEST = Manifest(name="asking", version="1", contract=1, title="Asking", prefixes=("ASK",),
                    sees=(Sees.MONEY,))

def paired(case, lines):
    table = case.tables.ptp_practitioner
    if table is None:
        yield Flag(message="There is no table")
        return
    for line in lines:
        pair = table.pair("V2100", line.code, line.service_from)
        if pair is not None:
            yield Flag(line_no=line.line_no, message="Paired", table_row=str(pair.edition))

def undeclared(case, lines):
    if case.tables.mue_practitioner is not None:
        yield Flag(message="A table nobody declared")

def sly(case, lines):
    teller = case.tables.ptp_practitioner
    if teller is not None:
        tellers = teller.pair.func.__self__
        tellers.told(teller.pair.args[0], "diagnoses", "words", "F331", case.day)
        yield Flag(message="Answered")

def as_at_home(case, line, amount_cents):
    other = case.priced_as(replace(line, place_of_service="10"))
    return amount_cents if other is None else other

@hook
def claim_edits():
    touches = Touches(prefixes=("V2",))
    tables = Needs(tables=("ptp_practitioner",))
    given = dict(title="Pairs", source="NCCI Policy Manual", severity=Severity.DENY)
    return (
        ClaimEdit(id="ASK-1", check=paired, touches=touches, needs=tables, **given),
        ClaimEdit(id="ASK-2", check=undeclared, touches=touches, **given),
        ClaimEdit(id="ASK-3", check=sly, touches=Touches(codes=("V2299",)), needs=tables, **given),
    )

@hook
def pricing_steps():
    return (PricingStep(id="ASK-M1", title="Home", source="contract s. 4", apply=as_at_home),)
"""


class Pairs:
    """A table that counts what only the partner asks: a code beside itself."""

    def __init__(self) -> None:
        self.asked = 0

    def pair(self, one: str, other: str, day: date) -> Pair | None:
        self.asked += one == other
        return PAIR if other == "V2020" and day == SERVICE_DAY else None


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PluginHost]:
    folder = tmp_path_factory.mktemp("asking")
    with hosting(written(folder, "asking", ASKING)) as found:
        yield found


def said(host: PluginHost, tables: Tables, *codes: str) -> list[tuple[Finding, ...]]:
    """Findings of the partner on claims, of V2100 and one of ``codes`` each."""
    book = host.build_rule_book([EnabledPlugin(name="asking")])
    claims = [
        professional_claim(line("V2100"), line(code, 2), claim_number=f"SAMPLE-{number}")
        for number, code in enumerate(codes)
    ]
    reports = scrub(claims, book, ScrubFacts(tables=tables), as_of=TODAY)
    return [
        tuple(one for one in report.findings if one.rule.startswith("ASK")) for report in reports
    ]


def test_a_table_it_needs_answers_and_is_asked_once(host: PluginHost) -> None:
    pairs = Pairs()
    tables = Tables(ptp_practitioner=pairs)
    first, second, third = said(host, tables, "V2020", "V2020", "V2021")
    assert [(one.rule, one.line_no, one.table_row) for one in first] == [
        ("ASK-1", 2, "NCCI 2026Q2 V2100 V2020")
    ]
    assert second == first
    assert third == ()
    assert said(host, tables, "V2020") == [first]
    assert pairs.asked == 1


def test_a_table_that_is_absent_is_absent_there_too(host: PluginHost) -> None:
    ((finding,),) = said(host, Tables(), "V2020")
    assert finding.message == "There is no table"


def test_a_table_it_did_not_declare_is_not_told_and_the_rule_is_blamed(host: PluginHost) -> None:
    (found,) = said(host, Tables(ptp_practitioner=Pairs()), "V2299")
    assert [(one.rule, one.reason) for one in found] == [("ASK-3", "rule_failed")]


@pytest.mark.parametrize(
    ("table", "method", "given"),
    [
        ("ptp_practitioner", "pair", ("V2100", "V2020")),
        ("ptp_practitioner", "pair", ("V2100", "V2020", "no day")),
        ("ptp_practitioner", "pair", ("V2100", 7, "2026-05-12")),
        ("ptp_practitioner", "__init__", ()),
        ("ptp_practitioner", "asked", ()),
        ("more", "pair", ()),
        ("global_days", "word", ("V2100", "2026-05-12")),
    ],
)
def test_a_question_that_is_none_is_not_answered(
    table: str, method: str, given: tuple[object, ...]
) -> None:
    house = House({0: (Tables(ptp_practitioner=Pairs()), frozenset(["ptp_practitioner"]))})
    asked = TableAsked(0, table, method, msgspec.Raw(encoded(given)))
    assert house.answer(asked).failed
    assert House().answer(asked).failed


def test_every_table_of_the_contract_can_be_asked() -> None:
    assert methods().keys() == set(Tables.__struct_fields__) - {"more"}
    assert all(methods().values())


def test_a_pricing_step_is_told_the_price_of_another_line(host: PluginHost) -> None:
    (step,) = host.rule_set(EnabledPlugin(name="asking")).pricing_steps
    claim = professional_claim(line("99213", place_of_service="02"))
    prices = {"10": 16_000}
    case = PricingCase(
        claim=claim, day=SERVICE_DAY, policy=Policy({}),
        priced_as=lambda other: prices.get(other.place_of_service),
    )  # fmt: skip
    assert step.apply(case, claim.lines[0], 13_000) == 16_000
    prices.clear()
    assert step.apply(case, claim.lines[0], 13_000) == 13_000


def test_a_table_the_contract_does_not_know_is_refused_by_name(tmp_path: Path) -> None:
    text = ASKING.replace('("ptp_practitioner",)', '("horoscope",)')
    refused = pytest.raises(PluginError, match="ASK-1 needs the table horoscope")
    with hosting(written(tmp_path, "asking", text)) as host, refused:
        host.rule_set(EnabledPlugin(name="asking"))


def test_what_was_agreed_with_a_payer_is_money(tmp_path: Path) -> None:
    text = ASKING.replace('("ptp_practitioner",)', '("contract",)')
    text = text.replace("sees=(Sees.MONEY,)", "sees=()")
    text = text[: text.index("@hook\ndef pricing_steps")]
    refused = pytest.raises(PluginError, match="does not ask to see money")
    with hosting(written(tmp_path, "asking", text)) as host, refused:
        host.rule_set(EnabledPlugin(name="asking"))


@pytest.mark.shared
def test_the_built_in_specialties_say_the_same_as_partners() -> None:
    """Nothing they use is kept from a partner: each published case, judged behind the fences."""
    names = [module.rpartition(".")[2] for module in BUILT_IN]
    partners = {
        name: ConfinedPlugin(
            PluginSource(name=name, module=f"plugins.{name}", version="0", digest=name)
        )
        for name in names
    }
    judged = 0
    try:
        sets = {name: one.rule_set(EnabledPlugin(name=name)) for name, one in partners.items()}
        for file in FILES:
            for text in (CASES / f"{file}.jsonl").read_text().splitlines():
                case = json.loads(text)
                if not case["plugins"]:
                    continue
                document = read_document(case, today=TODAY)
                chosen = [EnabledPlugin(name=name) for name in case["plugins"]]
                here = default_host().build_rule_book(chosen)
                there = compile_rule_book(
                    [platform_rules(), *(sets[name] for name in case["plugins"])]
                )
                assert scrub_document(document, there) == scrub_document(document, here)
                judged += 1
    finally:
        for one in partners.values():
            one.close()
    assert judged > 100


def test_days_of_a_rule_hold_there_too(host: PluginHost) -> None:
    only = Window(date(2026, 1, 1), date(2026, 1, 31))
    rules = host.rule_set(EnabledPlugin(name="asking", window=only))
    assert {edit.effective for edit in rules.claim_edits} == {only}
