"""A check posts whole, once, to the cent, or not at all."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from msgspec.structs import replace

from api.bootstrap import Runtime
from core.claims.claim import Adjustment
from core.ports import ClaimRecord
from core.remittance.values import ProviderAdjustment
from tests.core.usecases.office import (
    Office,
    check,
    denied,
    era,
    made,
    paid,
    reversed_,
    with_next_payer,
)


def due(*records: ClaimRecord) -> int:
    return sum(record.claim.charge_cents for record in records)


def test_a_balanced_check_posts_every_claim_and_ties_to_the_cash(office: Office) -> None:
    one, two, three = office.filed(made(3))
    payments = (paid(one), paid(two, patient_cents=500, contract_cents=700), denied(three))
    received = office.receive(era(check(*payments)))
    assert received.status == "applied"
    [posted] = received.checks
    assert (posted.status, posted.claims, posted.denials, posted.unmatched) == (
        "posted",
        3,
        len(three.claim.lines),
        0,
    )
    cash = payments[0].paid_cents + payments[1].paid_cents
    assert posted.paid_cents == cash
    assert office.totals() == {
        "payer_cash": cash,
        "patient_receivable": 500,
        "contractual_adjustment": 700,
        "insurance_receivable": due(three),
        "charges": -due(one, two, three),
    }
    assert office.stages() == ["paid", "paid", "denied"]
    assert [record.position.owes for record in office.records()] == ["nobody", "patient", "payer"]
    rows = office.rows("SELECT carc, amount_cents, status FROM denial_item")
    assert {(row.carc, row.status) for row in rows} == {("197", "open")}
    assert sum(row.amount_cents for row in rows) == due(three)
    numbers = office.rows("SELECT payer_claim_number AS icn FROM claim ORDER BY claim_number")
    assert [row.icn for row in numbers] == [f"ICN{r.claim.claim_number}" for r in (one, two, three)]
    segments = office.rows("SELECT segment FROM ledger_entry WHERE kind = 'remittance_claim'")
    assert all(row.segment > 1 for row in segments)


def one_cent_off(data: bytes, segment: str, element: int) -> tuple[bytes, int]:
    """The file with one cent more in an element of the first such segment, and its place."""
    segments = data.decode().split("~")
    place = next(i for i, one in enumerate(segments) if one.startswith(segment + "*"))
    elements = segments[place].split("*")
    whole, _, part = elements[element].partition(".")
    cents = int(whole + part.ljust(2, "0")) + 1
    elements[element] = f"{cents // 100}.{cents % 100:02d}"
    segments[place] = "*".join(elements)
    return "~".join(segments).encode(), place + 1


@pytest.mark.attack("S-43")
@pytest.mark.parametrize(
    ("segment", "element", "words"),
    [
        ("SVC", 3, "service line"),
        ("CLP", 4, "claim"),
        ("CLP", 3, "claim"),
        ("BPR", 2, "payment"),
    ],
)
def test_one_cent_out_of_balance_holds_the_check_whole_and_says_where(
    office: Office, segment: str, element: int, words: str
) -> None:
    records = office.filed(made(2))
    data, place = one_cent_off(era(check(*map(paid, records))), segment, element)
    before = office.totals()
    received = office.receive(data)
    assert received.status == "held"
    [held] = received.checks
    assert (held.status, held.paid_cents) == ("held", 0)
    assert words in held.reason
    assert "0.01" in held.reason
    assert f"segment {held.segment}" in held.reason
    at_header = segment == "BPR"
    assert held.segment == (place if not at_header else held.segment)
    assert office.totals() == before
    assert office.stages() == ["sent"] * 2
    assert (office.count("remittance_claim"), office.count("denial_item")) == (0, 0)
    [file] = office.rows("SELECT status, reason, segment FROM exchange_file WHERE direction = 'in'")
    assert (file.status, file.segment) == ("held", held.segment)
    assert file.reason == held.reason == received.sentence
    # The payer sends it again, right this time: it posts.
    assert office.receive(era(check(*map(paid, records)))).status == "applied"
    assert office.stages() == ["paid"] * 2


@pytest.mark.attack("S-55")
def test_the_same_file_and_the_same_check_in_another_file_post_once(office: Office) -> None:
    records = office.filed(made(2))
    data = era(check(*map(paid, records)))
    office.receive(data)
    totals, entries = office.totals(), office.count("ledger_entry")
    assert office.receive(data).status == "repeated"
    other = office.receive(era(check(*map(paid, records), control="0077"), control=9))
    assert (other.status, [one.status for one in other.checks]) == ("applied", ["repeated"])
    assert "already" in other.checks[0].reason
    assert (office.totals(), office.count("ledger_entry")) == (totals, entries)
    assert office.count("remittance") == 1


@pytest.mark.attack("S-55")
def test_the_same_trace_with_other_content_waits_for_a_person(office: Office) -> None:
    one, two = office.filed(made(2))
    office.receive(era(check(paid(one))))
    totals = office.totals()
    received = office.receive(era(check(paid(one), paid(two))))
    assert received.status == "held"
    [conflict] = received.checks
    assert conflict.status == "conflict"
    assert "trace number" in conflict.reason
    assert office.totals() == totals
    assert office.stages() == ["paid", "sent"]


def test_a_joined_file_posts_what_is_new_and_leaves_what_is_not(office: Office) -> None:
    one, two, three = office.filed(made(3))
    first = check(paid(one), trace="T1", control="0001")
    office.receive(era(first))
    unbalanced = era(
        first,
        check(paid(two), trace="T2", control="0002"),
        check(paid(three), trace="T3", control="0003"),
    )
    segments = unbalanced.decode().split("~")
    places = [i for i, one in enumerate(segments) if one.startswith("BPR*")]
    elements = segments[places[2]].split("*")
    elements[2] = "1"
    segments[places[2]] = "*".join(elements)
    received = office.receive("~".join(segments).encode())
    assert [one.status for one in received.checks] == ["repeated", "posted", "held"]
    assert received.status == "held"
    assert office.stages() == ["paid", "paid", "sent"]
    cash = office.rows(
        "SELECT sum(payment_cents)::bigint AS c FROM remittance WHERE status = 'posted'"
    )
    assert office.totals()["payer_cash"] == cash[0].c == due(one, two)


@pytest.mark.attack("S-43")
def test_a_claim_that_is_not_ours_goes_to_unapplied_and_the_cash_still_ties(
    office: Office,
) -> None:
    one, two = office.filed(made(2))
    stranger = replace(paid(two), claim_number="SOMEBODY-ELSES")
    office.take(made(3)[2:])
    office.cycle.prepare()
    unsent = paid(office.records()[2])
    received = office.receive(era(check(paid(one), stranger, unsent)))
    [posted] = received.checks
    assert (posted.status, posted.unmatched) == ("posted", 2)
    totals = office.totals()
    assert totals["payer_cash"] == due(one) + stranger.paid_cents + unsent.paid_cents
    assert totals["unapplied"] == -(stranger.paid_cents + unsent.paid_cents)
    assert office.stages() == ["paid", "sent", "ready"]
    rows = office.rows("SELECT claim_id, reason FROM remittance_claim ORDER BY place")
    assert [row.claim_id is None for row in rows] == [False, True, True]
    assert [bool(row.reason) for row in rows] == [False, True, True]


def test_a_reversal_and_its_correction_leave_what_the_correction_says(office: Office) -> None:
    [record] = office.filed(made(1))
    first = paid(record)
    office.receive(era(check(first)))
    second = paid(record, patient_cents=1_000)
    received = office.receive(era(check(reversed_(first), second, trace="TRACE2")))
    assert received.status == "applied"
    assert office.totals() == {
        "payer_cash": due(record) - 1_000,
        "patient_receivable": 1_000,
        "charges": -due(record),
    }
    assert office.record(record.id).position.owes == "patient"
    events = [row.event for row in office.rows("SELECT event FROM claim_move ORDER BY at, id")]
    assert events[-3:] == ["pay", "reverse", "pay_patient_owes"]


def test_a_recoupment_ties_to_a_smaller_check_and_clears(office: Office) -> None:
    [record] = office.filed(made(1))
    adjustment = ProviderAdjustment(
        segment=0,
        provider_id="1234567893",
        fiscal_period_end=check(paid(record)).header.paid_on,
        reason="WO",
        reference="ICN1",
        amount_cents=400,
    )
    office.receive(era(check(paid(record), adjustments=(adjustment,))))
    assert office.totals() == {
        "payer_cash": due(record) - 400,
        "provider_level_adjustment": 400,
        "charges": -due(record),
    }


def test_what_the_first_payer_leaves_goes_to_the_next_with_its_decision(office: Office) -> None:
    [first] = office.filed([with_next_payer(one) for one in made(1)])
    office.receive(era(check(paid(first, patient_cents=2_000, contract_cents=300))))
    assert office.record(first.id).position.owes == "next_payer"
    billed = office.cycle.bill_next_payers()
    assert (billed.decided, billed.claims, billed.refused) == (1, 1, 0)
    assert office.cycle.bill_next_payers().decided == 0
    second = next(one for one in office.records() if one.parent_claim_id == first.id)
    assert (second.position.stage, second.claim.sequence) == ("ready", "S")
    assert second.claim.payer.payer_id == "77027"
    [told] = second.claim.other_payers
    assert told.payer.payer_id == first.claim.payer.payer_id
    assert told.paid_cents == due(first) - 2_300
    assert second.claim.charge_cents == due(first)

    office.cycle.file()
    # What the first payer left is owed by the next one now; no charge was posted twice.
    assert office.totals() == {
        "payer_cash": due(first) - 2_300,
        "contractual_adjustment": 300,
        "insurance_receivable": 2_000,
        "charges": -due(first),
    }
    owed = office.rows(
        "SELECT claim_id, sum(amount_cents)::bigint AS cents FROM ledger_posting"
        " WHERE account = 'insurance_receivable' GROUP BY claim_id HAVING sum(amount_cents) <> 0"
    )
    assert [(row.claim_id, row.cents) for row in owed] == [(second.id, 2_000)]
    *_, sent = office.outbound().values()
    assert b"SBR*S*" in sent
    assert b"AMT*D*" in sent
    assert b"SVD*" in sent


def test_a_decision_after_the_next_payer_was_billed_goes_to_a_biller(office: Office) -> None:
    [first] = office.filed([with_next_payer(one) for one in made(1)])
    decision = paid(first, patient_cents=2_000)
    office.receive(era(check(decision)))
    office.cycle.bill_next_payers()
    office.cycle.file()
    corrected = paid(first, patient_cents=1_500)
    office.receive(era(check(reversed_(decision), corrected, trace="TRACE2")))
    billed = office.cycle.bill_next_payers()
    assert (billed.decided, billed.claims, billed.refused) == (1, 0, 1)
    [row] = office.rows("SELECT claim_id, next_actor, reason FROM work_item")
    assert (row.claim_id, row.next_actor) == (first.id, "biller")
    assert "corrected claim" in row.reason
    assert office.cycle.bill_next_payers().decided == 0
    office.totals()


def test_a_claim_level_adjustment_balances_without_lines(office: Office) -> None:
    [record] = office.filed(made(1))
    bare = replace(
        paid(record),
        lines=(),
        paid_cents=due(record) - 900,
        patient_responsibility_cents=900,
        adjustments=(Adjustment(group="PR", code="3", amount_cents=900),),
    )
    assert office.receive(era(check(bare))).status == "applied"
    assert office.totals() == {
        "payer_cash": due(record) - 900,
        "patient_receivable": 900,
        "charges": -due(record),
    }


def test_posting_walks_back_to_its_segment_and_its_file(office: Office) -> None:
    records = office.filed(made(2))
    data = era(check(*map(paid, records)))
    office.receive(data, "quillfeather-odette.835")
    rows = office.rows(
        "SELECT e.claim_id, e.segment, r.segment AS stated, f.name FROM ledger_entry e"
        " JOIN remittance m ON m.id = e.remittance_id JOIN exchange_file f ON f.id = m.file_id"
        " JOIN remittance_claim r ON r.remittance_id = m.id AND r.claim_id = e.claim_id"
        " WHERE e.kind = 'remittance_claim'"
    )
    assert {row.claim_id for row in rows} == {record.id for record in records}
    # The sender's name for a file may name a patient; ours is made from its bytes.
    name = f"{hashlib.sha256(data).hexdigest()[:16]}.x12"
    assert all((row.segment, row.name) == (row.stated, name) for row in rows)


@pytest.mark.attack("S-55")
def test_ten_posters_at_once_post_one_check_and_stop_at_the_other(office: Office) -> None:
    """The same file from many sides, the same check in other files, and one that contradicts."""
    one, two = office.filed(made(2))
    files = [era(check(paid(one)), control=control) for control in (1, 1, 1, 2, 3)]
    files += [era(check(paid(one), paid(two)), control=control) for control in (4, 4, 5)]
    with ThreadPoolExecutor(8) as pool:
        received = list(pool.map(office.receive, files))
    statuses = [check.status for file in received for check in file.checks]
    assert statuses.count("posted") == 1
    assert "conflict" in statuses
    rows = office.rows("SELECT status, count(*) AS n FROM remittance GROUP BY status")
    assert {row.status: row.n for row in rows} == {"posted": 1, "conflict": 1}
    assert office.totals()["payer_cash"] in (due(one), due(one, two))


@pytest.mark.attack("S-43")
def test_a_file_with_what_no_database_stores_is_put_aside_whole(office: Office) -> None:
    [record] = office.filed(made(1))
    before = office.totals()
    received = office.receive(era(check(paid(record))).replace(b"BLUESTONE", b"BLUE\0STONE"))
    assert received.status == "quarantined"
    assert "stored" in received.sentence
    assert office.totals() == before


def test_a_control_character_that_can_be_stored_does_not_stop_the_money(office: Office) -> None:
    [record] = office.filed(made(1))
    received = office.receive(era(check(paid(record))).replace(b"BLUESTONE", b"BLUE\1STONE"))
    assert received.status == "applied"
    assert office.totals()["payer_cash"] == due(record)


@pytest.mark.attack("S-43")
def test_a_claim_of_another_practice_is_a_stranger_and_stays_as_it_is(
    installation: Runtime,
) -> None:
    river, brook = Office(installation, "river"), Office(installation, "brook")
    theirs = brook.filed(made(2))
    before = (brook.stages(), brook.totals(), brook.counts())
    received = river.receive(era(check(*map(paid, theirs))))
    [told] = received.checks
    assert told.unmatched == told.claims == 2
    assert (brook.stages(), brook.totals(), brook.counts()) == before
    assert river.count("ledger_posting") == river.count("ledger_entry") * 2
    assert set(river.totals()) <= {"unapplied", "payer_cash"}


@pytest.mark.attack("S-43")
@pytest.mark.parametrize(
    "amount",
    [
        b"9" * 18,
        b"9" * 40,
        b"-" + b"9" * 18,
        b"1e9",
        b"NaN",
        b"1.234",
        b"0x10",
        b"--1",
        b"1,000",
        b" ",
    ],
)
def test_an_amount_beyond_all_measure_is_put_aside_and_posts_nothing(
    office: Office, amount: bytes
) -> None:
    records = office.filed(made(1))
    data = era(check(paid(records[0])))
    before = office.counts()
    segment = next(part for part in data.split(b"~") if part.strip().startswith(b"CLP*"))
    elements = segment.split(b"*")
    for place in (3, 4):
        hostile = b"*".join([*elements[:place], amount, *elements[place + 1 :]])
        received = office.receive(data.replace(segment, hostile))
        assert received.put_aside, (place, received)
    after = office.counts()
    for table in ("ledger_entry", "ledger_posting", "denial_item", "claim_move"):
        assert after[table] == before[table]
