"""A plugin says the same in a process of its own as it says here, hook by hook."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest
from msgspec.structs import replace

from core.claims.claim import SpecialtyRecord, VisitFacts
from core.claims.parties import Name, Person
from core.errors import PluginError
from core.intake.encounter import Charge, Encounter, Patient
from core.rules.coding import CodingCase, Proposal
from core.rules.facts import ClaimFacts, PriorService, ScrubFacts
from core.rules.plays import DueDate
from core.rules.policy import Policy
from core.rules.pricing import PricingCase
from core.rules.rulebook import RuleBook
from core.scrub.backtest import PastClaim, Replay
from core.scrub.engine import scrub
from core.scrub.explain import Verdict, explain
from plugins.confined.limits import Limits
from plugins.confined.plugin import ConfinedPlugin
from plugins.demo_payers import BLUESTONE
from plugins.host import EnabledPlugin, PluginHost
from plugins.testing import SERVICE_DAY, TODAY, findings, line, professional_claim
from tests.plugins.confined.partners import hosting, in_process, source

ENABLED = EnabledPlugin(name="lens")
HISTORY = ScrubFacts(
    by_claim={
        "SAMPLE-1": ClaimFacts(
            history=(PriorService(service_on=SERVICE_DAY - timedelta(days=30), code="V2100"),)
        )
    }
)


@pytest.fixture(scope="module")
def host() -> Iterator[PluginHost]:
    with hosting(source("lens"), source("lens", version="2.0.0", digest="another")) as found:
        yield found


@pytest.fixture(scope="module")
def book(host: PluginHost) -> RuleBook:
    return host.build_rule_book([replace(ENABLED, version="1.0.0")])


@pytest.fixture(scope="module")
def here() -> RuleBook:
    return PluginHost(modules=(in_process("lens"),)).build_rule_book([ENABLED])


SAMPLES = [
    professional_claim(line("V2100", units=Decimal(units)), line("99213", 2), **changes)
    for units in (1, 2, 3, 5)
    for changes in ({}, {"signature_on_file": False}, {"payer": BLUESTONE})
]


@pytest.mark.parametrize("facts", [ScrubFacts(), HISTORY])
def test_its_edits_and_gates_find_the_same(
    book: RuleBook, here: RuleBook, facts: ScrubFacts
) -> None:
    for claim in SAMPLES:
        (confined,) = scrub([claim], book, facts, as_of=TODAY)
        (beside,) = scrub([claim], here, facts, as_of=TODAY)
        assert confined.findings == beside.findings
        assert confined.looked == beside.looked
    said = {one.rule for claim in SAMPLES for one in findings(claim, book)}
    assert {"LNS-1", "LNS-G1"} <= said


def test_a_batch_says_what_its_claims_say_alone(book: RuleBook) -> None:
    batch = [replace(SAMPLES[at % len(SAMPLES)], claim_number=f"SAMPLE-{at}") for at in range(250)]
    together = [one.findings for one in scrub(batch, book, as_of=TODAY)]
    assert together == [findings(claim, book) for claim in batch]


def test_a_rule_is_asked_about_lines_on_days_it_holds(book: RuleBook) -> None:
    """LNS-2 holds from 2026 on."""
    early = date(2025, 12, 30)
    for day, found in ((early, False), (date(2026, 1, 1), True)):
        claim = professional_claim(line("V2100", service_from=day))
        prior = PriorService(service_on=day - timedelta(days=1), code="V2100")
        facts = ScrubFacts(by_claim={"SAMPLE-1": ClaimFacts(history=(prior,))})
        (report,) = scrub([claim], book, facts, as_of=TODAY)
        assert ("LNS-2" in {one.rule for one in report.findings}) is found


def test_what_it_states_as_data_crosses_unchanged(book: RuleBook, here: RuleBook) -> None:
    for name in ("payer_policies", "fee_schedules", "denial_plays", "claim_shapes"):
        assert getattr(book, name) == getattr(here, name), name
    functions = ("check", "derive", "apply", "due", "type", "upgrade", "sensitivity")
    for name in ("coding_rules", "pricing_steps", "deadlines"):
        for one, other in zip(getattr(book, name), getattr(here, name), strict=True):
            kept = [each for each in one.__struct_fields__ if each not in functions]
            assert [getattr(one, each) for each in kept] == [getattr(other, each) for each in kept]


def test_its_other_functions_answer_the_same(book: RuleBook, here: RuleBook) -> None:
    nobody = UUID(int=1)
    visit = Encounter(
        id=nobody,
        external_id="V1",
        patient=Patient(id=nobody, number="P1", person=Person(name=Name(last="Invented"))),
        billing=SAMPLES[0].billing,
        admission_date=date(2026, 3, 1),
    )
    coding = CodingCase(
        encounter=visit, payer=BLUESTONE, policy=Policy({}), day=SERVICE_DAY, rendering=None
    )
    pricing = PricingCase(claim=SAMPLES[0], day=SERVICE_DAY, policy=Policy({"timely": "x"}))
    for one in (book, here):
        for code, proposal in (("V2100", Proposal(units=Decimal(2))), ("99213", None)):
            charge = Charge(id=nobody, line_no=1, code=code)
            assert one.coding_rules[0].derive(coding, charge) == proposal
        assert one.pricing_steps[0].apply(pricing, SAMPLES[0].lines[0], 4_001) == 2_000
        assert one.deadlines[0].due(visit) == DueDate(due=date(2026, 3, 6))
        assert one.deadlines[0].due(VisitFacts()) is None
        record = one.records["lens.refraction"]
        assert record.upgrade is not None
        assert record.upgrade(1, {"sphere": -2}) == {"sphere": "-2"}


def test_the_types_of_its_settings_and_records_are_made_again(host: PluginHost) -> None:
    there, here = host.plugin("lens", "1.0.0"), PluginHost(modules=(in_process("lens"),))
    told = host.settings_schema("lens", "1.0.0")
    assert told == here.settings_schema("lens")
    assert there.settings_type().__struct_fields__ == ("units_maximum",)  # type: ignore[attr-defined]
    found = host.rule_set(replace(ENABLED, version="1.0.0")).records[0].type
    assert msgspec.json.schema(found) == msgspec.json.schema(here.rule_set(ENABLED).records[0].type)


def test_settings_of_two_practices_stay_apart(host: PluginHost) -> None:
    claim = professional_claim(line("V2100", units=Decimal(3)))
    for most, said in ((2, True), (3, False)):
        settings = msgspec.json.encode({"units_maximum": most})
        one = EnabledPlugin(name="lens", version="1.0.0", settings=settings)
        found = findings(claim, host.build_rule_book([one]))
        assert ("LNS-1" in {each.rule for each in found}) is said


@pytest.mark.attack("S-46")
def test_versions_stand_side_by_side_and_the_practice_names_its_own(host: PluginHost) -> None:
    first, second = (
        host.build_rule_book([replace(ENABLED, version=one)]) for one in ("1.0.0", "2.0.0")
    )
    assert first.digest != second.digest
    with pytest.raises(PluginError, match="several versions are installed"):
        host.build_rule_book([ENABLED])
    assert [one.version for one in host.available() if one.name == "lens"] == ["1.0.0"] * 2


def test_a_rule_book_is_the_same_after_its_process_ended(host: PluginHost, book: RuleBook) -> None:
    claim = SAMPLES[3]
    before = findings(claim, book)
    host.close()
    assert findings(claim, book) == before
    plugin = host.plugin("lens", "1.0.0")
    assert isinstance(plugin, ConfinedPlugin)
    pid = plugin.ready().process.pid
    assert pid is not None
    os.kill(pid, 9)
    assert findings(claim, book) == before
    assert plugin.ready().process.pid != pid


def test_threads_share_one_process(host: PluginHost, book: RuleBook) -> None:
    expected = [findings(claim, book) for claim in SAMPLES]
    found: list[bool] = []

    def ask() -> None:
        found.extend([findings(one, book) for one in SAMPLES] == expected for _ in range(5))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert found == [True] * 20


def test_a_copy_of_the_process_has_a_plugin_process_of_its_own(
    host: PluginHost, book: RuleBook
) -> None:
    claim = SAMPLES[3]
    expected = findings(claim, book)
    child = os.fork()
    if child == 0:
        same = findings(claim, book) == expected
        host.close()
        os._exit(0 if same else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert findings(claim, book) == expected


def test_an_idle_process_ends_by_itself_and_leaves_nothing_behind() -> None:
    plugin = ConfinedPlugin(source("lens"), limits=Limits(idle_seconds=0.05))
    first = plugin.ready().process
    assert first.ended(5.0)
    assert first.pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(first.pid, 0)
    assert plugin.stated(b"{}")["claim_edits"]
    plugin.close()


def test_the_process_ends_with_its_parent() -> None:
    """Also when it never comes to read that its parent is gone."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        plugin = ConfinedPlugin(source("lens"))
        os.write(writing, str(plugin.ready().process.pid).encode())
        os.kill(os.getpid(), 9)
    os.waitpid(child, 0)
    pid = int(os.read(reading, 20))
    for end in (reading, writing):
        os.close(end)
    with suppress(ProcessLookupError):
        ending = os.pidfd_open(pid)
        assert select.select([ending], [], [], 5.0)[0]
        os.close(ending)


def test_an_explanation_says_what_a_confined_rule_found(book: RuleBook) -> None:
    claim = SAMPLES[-1]
    told = explain(claim, book, as_of=TODAY)
    assert told.findings == findings(claim, book)
    (one,) = (rule for rule in told.rules if rule.rule == "LNS-1")
    assert one.verdict is Verdict.WON


def test_a_claim_that_is_withheld_from_a_plugin_is_not_judged_by_it_and_that_is_said(
    book: RuleBook,
) -> None:
    """Its manifest does not ask for claims of a substance use disorder program (42 CFR Part 2)."""
    record = SpecialtyRecord(kind="x.part2", body=b'{"program":true}')
    claim = replace(SAMPLES[-1], records=(record,))
    own = [one for one in findings(claim, book) if one.rule.startswith("LNS")]
    assert own == []
    told = {one.rule: one for one in explain(claim, book, as_of=TODAY).rules}
    assert told["LNS-1"].verdict is Verdict.NO_OPINION
    assert told["LNS-1"].why == "the claim is withheld from its plugin"
    past = PastClaim(
        claim_id=UUID(int=1), claim=claim, patient_id=UUID(int=2), encounter_id=UUID(int=3),
        judged_on=TODAY, charge_cents=1,
    )  # fmt: skip
    replay = Replay(book, ["LNS-1"])
    replay.take([past], scrub([claim], book, as_of=TODAY), ScrubFacts())
    (counted,) = replay.result(None, TODAY).rules
    assert (counted.touched, counted.held, counted.not_judged) == (1, 0, 1)


def test_past_claims_are_judged_by_it_as_by_any_other(book: RuleBook) -> None:
    past = PastClaim(
        claim_id=UUID(int=1), claim=SAMPLES[-1], patient_id=UUID(int=2), encounter_id=UUID(int=3),
        judged_on=TODAY, charge_cents=1,
    )  # fmt: skip
    replay = Replay(book, ["LNS-1"])
    replay.take([past], scrub([past.claim], book, as_of=TODAY), ScrubFacts())
    (counted,) = replay.result(None, TODAY).rules
    assert (counted.touched, counted.held, counted.not_judged) == (1, 1, 0)
