"""Claims come in: in = taken + repeated + refused, and nothing comes in twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from msgspec.structs import replace

from core.claims.claim import Claim, Form
from core.claims.parties import Name
from core.errors import X12SyntaxError
from core.ids import npi_with_check_digit
from core.usecases.intake import Refusal
from core.usecases.masters import confirm_provider
from core.usecases.work_claim import scrub_again
from tests.core.usecases.office import Office, file_of, made
from tests.core.x12.claim_values import invented_claim
from tests.injected_sql import CORPUS


@pytest.mark.attack("S-55")
def test_a_file_comes_in_once_whatever_its_bytes(office: Office) -> None:
    claims = made(6)
    data = file_of(claims)
    first = office.take_file(data)
    counts = first.counts
    assert (counts.records, counts.taken, counts.repeated, counts.refused) == (6, 6, 0, 0)
    assert counts.charges == sum(len(claim.lines) for claim in claims)
    assert counts.difference == 0
    before = office.counts()

    again = office.take_file(data)
    assert again.seen_before
    assert (again.counts.repeated, again.counts.difference) == (6, 0)

    other = office.take_file(file_of([*claims, *made(7)[6:]], control=2))
    assert not other.seen_before
    assert (other.counts.taken, other.counts.repeated, other.counts.difference) == (1, 6, 0)
    after = office.counts()
    assert {name: after[name] - before[name] for name in ("patient", "encounter")} == {
        "patient": 1,
        "encounter": 1,
    }


def test_a_claim_that_stands_twice_in_one_file_is_taken_once(office: Office) -> None:
    claims = made(2)
    counts = office.take([claims[0], claims[1], claims[0]]).counts
    assert (counts.records, counts.taken, counts.repeated, counts.difference) == (3, 2, 1, 0)


@pytest.mark.parametrize("form", Form)
def test_invented_claims_of_every_form_come_in_whole(office: Office, form: Form) -> None:
    claims = [invented_claim(seed, form) for seed in range(12)]
    result = office.take_file(file_of(claims, form))
    assert result.counts.taken == 12
    assert result.counts.difference == 0
    prepared = office.cycle.prepare()
    assert prepared.encounters == 12
    assert prepared.claims >= 12 - prepared.failed


def test_one_broken_claim_in_the_middle_is_refused_by_its_segment_and_the_rest_goes_on(
    office: Office,
) -> None:
    segments = file_of(made(5)).decode().split("~")
    places = [place for place, one in enumerate(segments) if one.startswith("CLM*")]
    bad = next(p for p in range(places[2], places[3]) if segments[p].startswith("DTP*472"))
    segments[bad] = "DTP*472*D8*20261399"
    result = office.take_file("~".join(segments).encode())
    assert (result.counts.taken, result.counts.refused, result.counts.difference) == (4, 1, 0)
    [refusal] = result.refusals
    assert places[2] + 1 <= refusal.position <= places[3]
    [kept] = office.rows("SELECT position, reason FROM intake_refusal")
    assert (kept.position, kept.reason) == (refusal.position, refusal.reason)
    assert "20261399" not in kept.reason


@pytest.mark.parametrize("part", [0.3, 0.6, 0.99])
def test_a_file_that_breaks_off_leaves_nothing(office: Office, part: float) -> None:
    data = file_of(made(6))
    before = office.counts()
    with pytest.raises(X12SyntaxError) as refused:
        office.take_file(data[: int(len(data) * part)])
    assert refused.value.segment > 0
    assert office.counts() == before
    assert not office.rows("SELECT name FROM tenant_counter WHERE name <> 'interchange'")
    assert office.take_file(data).counts.taken == 6


def test_a_billing_provider_nobody_knows_is_held_until_confirmed(office: Office) -> None:
    stranger = replace(made(1)[0].billing, npi=npi_with_check_digit("100000077"))
    claims = made(4)
    claims[1:3] = [replace(claim, billing=stranger) for claim in claims[1:3]]
    result = office.take_file(file_of(claims))
    assert (result.new_providers, result.counts.taken) == (1, 4)
    prepared = office.cycle.prepare()
    assert (prepared.ready, prepared.held) == (2, 2)
    held = [one for one in office.records() if one.position.stage == "held"]
    assert {one.claim.billing.npi for one in held} == {stranger.npi}
    queue = office.rows("SELECT reason, next_actor FROM work_item")
    assert {(row.reason, row.next_actor) for row in queue} == {("CW-101", "biller")}

    book = office.running.rule_book(office.tenant_id)
    with office.work() as uow:
        still = scrub_again(uow, held[0].id, book)
    assert still.position.stage == "held"
    with office.work() as uow:
        [waiting] = uow.masters.unconfirmed_providers("billing")
        confirm_provider(uow, waiting.id)
    for one in held:
        with office.work() as uow:
            assert scrub_again(uow, one.id, book).position.stage == "ready"
    assert office.count("work_item") == 0
    assert [file.claims for file in office.cycle.file()] == [4]


def test_new_providers_may_be_confirmed_on_the_way_in(office: Office) -> None:
    stranger = replace(made(1)[0].billing, npi=npi_with_check_digit("100000077"))
    held = [replace(claim, billing=stranger) for claim in made(1)]
    assert office.take_file(file_of(held)).new_providers == 1
    later = [replace(claim, billing=stranger) for claim in made(2)]
    assert office.take_file(file_of(later, control=2), confirm=True).new_providers == 0
    prepared = office.cycle.prepare()
    assert (prepared.ready, prepared.held) == (2, 0)


def test_an_unknown_payer_joins_the_list_and_waits_for_a_look(office: Office) -> None:
    payer = replace(made(1)[0].payer, payer_id="99887", name="NEW PLAN", filing_indicator="MB")
    result = office.take_file(file_of(made(3, payer=payer)))
    assert (result.new_payers, result.counts.taken) == (1, 3)
    [row] = office.rows("SELECT name, kind, confirmed FROM payer WHERE payer_id = '99887'")
    assert (row.name, row.kind, row.confirmed) == ("NEW PLAN", "medicare", False)
    again = office.take_file(file_of(made(4, payer=payer), control=2))
    assert (again.new_payers, again.counts.taken) == (0, 1)


def test_a_patient_is_known_again_and_brought_up_to_date(office: Office) -> None:
    first, *_ = made(1)
    person = first.patient
    moved = replace(person, phone="2155550199")
    later = replace(
        first,
        claim_number="LATER",
        patient=moved,
        subscriber=replace(first.subscriber, person=moved),
    )
    office.take([first])
    office.take([later])
    assert (office.count("patient"), office.count("coverage"), office.count("encounter")) == (
        1,
        1,
        2,
    )
    with office.work() as uow:
        [row] = office.rows("SELECT id FROM patient")
        [(patient, _)] = uow.patients.load([row.id]).values()
    assert patient.person.phone == "2155550199"


def test_refusals_of_the_reader_count_with_the_rest(office: Office) -> None:
    refusals = [Refusal(position=9, reason="one"), Refusal(position=4, reason="two")]
    result = office.take([refusals[0], *made(2), refusals[1]])
    assert (result.counts.records, result.counts.refused, result.counts.difference) == (4, 2, 0)
    assert result.refusals == tuple(refusals)


def test_numbers_that_differ_by_a_hyphen_alone_are_two_patients_and_two_visits(
    office: Office,
) -> None:
    """A record of one person must never become that of another."""
    people = [(number, made(1)[0].patient) for number in ("12-3", "1-23", "123", "p1", "P1")]
    with office.work() as uow:
        ids = uow.patients.ensure(people)
        uow.record("patient.created", {"patient": list(ids.values())}, patients=len(ids))
    assert len(set(ids.values())) == 5
    with office.work() as uow:
        assert uow.patients.ensure(people) == ids
        uow.record("patient.read", {"patient": list(ids.values())})


@pytest.mark.attack("S-55")
def test_the_same_file_handed_in_by_two_at_once_is_taken_once(office: Office) -> None:
    data = [file_of(made(8)), file_of(made(8)), file_of(made(9), control=2)]
    with ThreadPoolExecutor(3) as pool:
        results = list(pool.map(office.take_file, data))
    assert sum(one.counts.taken for one in results) == 9
    assert all(one.counts.difference == 0 for one in results)
    assert office.count("encounter") == 9


def named(claim: Claim, name: str) -> Claim:
    """``claim`` of a patient of this name, who is insured in the own name."""
    person = replace(claim.patient, name=Name(last=name, first=name[:20].strip()))
    return replace(claim, patient=person, subscriber=replace(claim.subscriber, person=person))


@pytest.mark.attack("S-05")
def test_sql_in_the_values_of_a_visit_is_kept_as_it_stands(office: Office) -> None:
    """As from a charge file, and what X12 can carry of it as from an 837."""
    texts = [one.strip()[:60] for one in CORPUS if "\0" not in one and one.strip()]
    carried = [one for one in texts if one.isascii() and not set(one) & set("~*:^\\")]
    assert len(carried) > 15
    for kept, take in (
        (texts, office.take),
        (carried, lambda claims: office.take_file(file_of(claims), confirm=True)),
    ):
        claims = [
            named(replace(claim, claim_number=f"{len(kept)}-{place}"), one)
            for place, (claim, one) in enumerate(zip(made(len(kept)), kept, strict=True))
        ]
        before = office.count("encounter")
        counts = take(claims).counts
        assert office.count("encounter") - before == counts.taken > len(kept) // 2
        assert counts.taken + counts.refused == len(kept)
    assert office.count("claim") == 0
    office.cycle.prepare()
    names = {record.claim.patient.name.last for record in office.records()}
    assert len(names & set(texts)) > 15
