"""The simulator over its folder: what comes back, that it balances, and is the same again."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from api.simulator import DEFAULT, Outcome, Script, Share, run, truth
from api.simulator.folders import alone
from core.claims.claim import Adjustment, Dental, Form, LineAdjudication, OtherPayer
from core.claims.parties import PayerSequence
from core.errors import ConflictError, InputError
from core.remittance.values import ClaimPayment, Remittance
from core.x12.acknowledgements import read_999, read_ta1
from core.x12.check import check
from core.x12.claim_status import read_277ca
from core.x12.kinds import kinds
from core.x12.remittance_reader import read_remittances
from tests.core.x12.pyx12_oracle import faults

SEED = 7
PAY_ALL = Script(shares=(), guarantee_from=0, reject_999_per_mille=0)
# The default mix without whole sets turned away, so that every claim meets its own outcome.
NO_999 = msgspec.structs.replace(DEFAULT, reject_999_per_mille=0)


def play(exchange: Any, script: Script = DEFAULT, seed: int = SEED) -> Any:
    return run(exchange.directory, seed=seed, now=exchange.now, script=script)


def remittances(exchange: Any) -> list[Remittance]:
    return [one for data in exchange.of_kind("835") for one in read_remittances(data)]


def payments(exchange: Any) -> list[ClaimPayment]:
    return [claim for one in remittances(exchange) for claim in one.claims]


def assert_balanced(remittance: Remittance) -> None:
    for claim in remittance.claims:
        for line in claim.lines:
            taken = sum(a.amount_cents for a in line.adjustments)
            assert line.charge_cents - line.paid_cents == taken
        adjustments = [*claim.adjustments, *(a for ln in claim.lines for a in ln.adjustments)]
        assert claim.charge_cents == sum(line.charge_cents for line in claim.lines)
        assert claim.charge_cents - claim.paid_cents == sum(a.amount_cents for a in adjustments)
        patient = sum(a.amount_cents for a in adjustments if a.group == "PR")
        assert claim.patient_responsibility_cents == patient
        assert claim.payer_claim_number
    paid = sum(claim.paid_cents for claim in remittance.claims)
    plb = sum(one.amount_cents for one in remittance.provider_adjustments)
    assert remittance.header.payment_cents == paid - plb >= 0


def assert_books_close(exchange: Any) -> None:
    """The 835s, added up by themselves, are the truth; every check balances."""
    found = remittances(exchange)
    for one in found:
        assert_balanced(one)
    told = truth(exchange.directory)
    assert told.paid_cents == sum(one.header.payment_cents for one in found)
    assert told.plb_cents == sum(
        pair.amount_cents for one in found for pair in one.provider_adjustments
    )
    net = Counter[str]()
    for one in found:
        for claim in one.claims:
            net[claim.claim_number] += claim.paid_cents
    by_claim = Counter[str]()
    for practice in told.practices:
        for claim_truth in practice.claims:
            by_claim[claim_truth.claim_number] += claim_truth.paid_cents
    assert {k: v for k, v in by_claim.items() if v} == {k: v for k, v in net.items() if v}
    assert told.paid_cents == sum(net.values()) - told.plb_cents
    traces = [one.header.trace_number for one in found]
    assert len(set(traces)) == len(traces)


def assert_pyx12_accepts(exchange: Any, *chosen: str) -> None:
    for kind in chosen:
        assert exchange.of_kind(kind)
        for data in exchange.of_kind(kind):
            assert faults(data) == [], kind


def test_forty_claims_are_acknowledged_decided_and_paid(exchange: Any) -> None:
    claims = [exchange.make_claim(n) for n in range(60)]
    exchange.put("river", exchange.file_of(claims))
    report = play(exchange, NO_999)
    assert (report.number, report.claims, report.unreadable) == (1, 60, ())
    assert [kinds(data) for data in exchange.inbound().values()][:2] == [("999",), ("277CA",)]
    statuses = [
        claim for one in exchange.of_kind("277CA") for r in read_277ca(one) for claim in r.claims
    ]
    assert len(statuses) == 60
    rejected = {one.claim_number for one in statuses if not one.accepted}
    paid = {one.claim_number for one in payments(exchange)}
    assert rejected
    assert paid == {claim.claim_number for claim in claims} - rejected
    told = truth(exchange.directory)
    assert told.claims_by_outcome[Outcome.REJECT_277CA] == len(rejected)
    assert sum(told.claims_by_outcome.values()) == 60
    assert told.files_sent == {"277CA": 1, "835": 3, "999": 1}
    assert told.files_taken == {"837": 1}
    assert_books_close(exchange)


def test_each_line_comes_back_under_its_own_control_number(exchange: Any) -> None:
    claim = exchange.make_claim(5)
    exchange.put("river", exchange.file_of([claim]))
    play(exchange, PAY_ALL)
    (payment,) = payments(exchange)
    assert [(ln.control_number, ln.code, ln.charge_cents) for ln in payment.lines] == [
        (ln.control_number, ln.code, ln.charge_cents) for ln in claim.lines
    ]
    assert payment.patient == claim.patient.name
    assert payment.member_id == claim.subscriber.member_id
    assert payment.service_from == claim.service_from
    assert all(ln.allowed_cents for ln in payment.lines)


def test_what_was_paid_is_corrected_and_taken_back_in_the_next_run_and_then_all_is_still(
    exchange: Any,
) -> None:
    exchange.put("river", exchange.file_of([exchange.make_claim(n) for n in range(60)]))
    play(exchange, NO_999)
    first = {one.payer_claim_number: one for one in payments(exchange)}
    play(exchange, NO_999)
    later = payments(exchange)[len(first) :]
    reversals = [one for one in later if one.is_reversal]
    assert reversals
    assert all(-one.paid_cents == first[one.payer_claim_number].paid_cents for one in reversals)
    corrections = [one for one in later if not one.is_reversal]
    assert len(corrections) == len(reversals)
    assert all(one.references[0].value in first for one in corrections)
    reasons = {p.reason for one in remittances(exchange) for p in one.provider_adjustments}
    assert reasons >= {"WO", "L6", "FB"}
    assert_books_close(exchange)
    before = exchange.inbound()
    assert play(exchange, NO_999).number == 0
    assert exchange.inbound() == before


def test_a_check_is_never_negative_and_what_it_lacks_comes_from_the_next(exchange: Any) -> None:
    recoup = Script(
        shares=(Share(outcome=Outcome.RECOUPMENT, per_mille=1000),), reject_999_per_mille=0
    )
    exchange.put("river", exchange.file_of([exchange.make_claim(0)]))
    play(exchange, recoup)
    play(exchange, PAY_ALL)
    held = remittances(exchange)[-1]
    assert held.header.payment_cents == 0
    owed = held.provider_adjustments[0].amount_cents
    assert [(p.reason, p.amount_cents) for p in held.provider_adjustments] == [
        ("WO", owed),
        ("FB", -owed),
    ]
    exchange.put("river", exchange.file_of([exchange.make_claim(3)], control=2))
    play(exchange, PAY_ALL)
    last = remittances(exchange)[-1]
    assert next((p.reason, p.amount_cents) for p in last.provider_adjustments) == ("FB", owed)
    assert_books_close(exchange)


def test_a_set_turned_away_at_the_999_is_taken_when_it_comes_again(exchange: Any) -> None:
    always = Script(shares=(), guarantee_from=0, reject_999_per_mille=1000)
    claims = [exchange.make_claim(n) for n in range(6)]
    exchange.put("river", exchange.file_of(claims))
    play(exchange, always)
    (answer,) = read_999(exchange.of_kind("999")[0])
    (verdict,) = answer.transactions
    assert verdict.status == "R"
    assert verdict.faults[0].segment_id == "CLM"
    assert exchange.of_kind("277CA") == exchange.of_kind("835") == []
    exchange.put("river", exchange.file_of(claims, control=2))
    play(exchange, always)
    assert len(payments(exchange)) == 6
    assert all(one.rejections == 1 for one in truth(exchange.directory).practices[0].claims)


def test_a_claim_rejected_at_the_277ca_is_taken_when_it_comes_again(exchange: Any) -> None:
    share = Share(outcome=Outcome.REJECT_277CA, per_mille=1000)
    always = Script(shares=(share,), reject_999_per_mille=0)
    claims = [exchange.make_claim(n) for n in range(4)]
    exchange.put("river", exchange.file_of(claims))
    play(exchange, always)
    assert exchange.of_kind("835") == []
    exchange.put("river", exchange.file_of(claims, control=2))
    play(exchange, always)
    assert len(payments(exchange)) == 4


def test_a_claim_that_was_decided_is_a_duplicate_when_it_comes_again(exchange: Any) -> None:
    claims = [exchange.make_claim(n) for n in range(3)]
    exchange.put("river", exchange.file_of([*claims, claims[0]]))
    play(exchange, PAY_ALL)
    exchange.put("river", exchange.file_of(claims, control=2))
    play(exchange, PAY_ALL)
    denied = [one for one in payments(exchange) if one.is_denial]
    assert len(denied) == 4
    assert {a.code for one in denied for ln in one.lines for a in ln.adjustments} == {"18"}
    assert len({one.payer_claim_number for one in payments(exchange)}) == 7
    assert all(not one.denied for one in truth(exchange.directory).practices[0].claims)


def test_the_same_file_again_is_put_away_without_an_answer(exchange: Any) -> None:
    data = exchange.file_of([exchange.make_claim(1)])
    exchange.put("river", data)
    play(exchange, PAY_ALL)
    before = exchange.inbound()
    again = exchange.put("river", data, "again.x12")
    assert play(exchange, PAY_ALL).number == 0
    assert exchange.inbound() == before
    assert not again.exists()


def test_a_replacement_reverses_the_payment_it_names_and_a_void_only_reverses(
    exchange: Any,
) -> None:
    claim = exchange.make_claim(0)
    exchange.put("river", exchange.file_of([claim]))
    play(exchange, PAY_ALL)
    (first,) = payments(exchange)
    replacement = msgspec.structs.replace(
        claim,
        frequency="7",
        payer_claim_number=first.payer_claim_number,
        lines=(msgspec.structs.replace(claim.lines[0], charge_cents=5_000),),
    )
    exchange.put("river", exchange.file_of([replacement], control=2))
    play(exchange, PAY_ALL)
    reversal, second = payments(exchange)[1:]
    assert reversal.is_reversal
    assert reversal.paid_cents == -first.paid_cents
    assert second.charge_cents == 5_000
    void = msgspec.structs.replace(
        replacement, frequency="8", payer_claim_number=second.payer_claim_number
    )
    exchange.put("river", exchange.file_of([void], control=3))
    play(exchange, PAY_ALL)
    assert payments(exchange)[-1].paid_cents == -second.paid_cents
    (told,) = truth(exchange.directory).practices[0].claims
    assert (told.paid_cents, told.charge_cents, told.reversed) == (0, 0, 2)
    assert_books_close(exchange)
    exchange.put("river", exchange.file_of([void], control=4))
    play(exchange, PAY_ALL)
    (report,) = read_277ca(exchange.of_kind("277CA")[-1])
    assert not report.claims[0].accepted


def test_a_second_payer_pays_what_the_first_left(exchange: Any) -> None:
    claim = exchange.make_claim(1)
    second = exchange.make_claim(0).payer
    line = claim.lines[0]
    before = LineAdjudication(
        payer_id=claim.payer.payer_id,
        paid_cents=line.charge_cents - 3_000,
        code=line.code,
        code_qualifier="HC",
        adjustments=(Adjustment(group="PR", code="2", amount_cents=3_000),),
        adjudicated_on=exchange.now.date(),
    )
    lines = (
        msgspec.structs.replace(line, adjudications=(before,)),
        msgspec.structs.replace(
            claim.lines[1],
            adjudications=(
                msgspec.structs.replace(
                    before,
                    paid_cents=claim.lines[1].charge_cents,
                    code=claim.lines[1].code,
                    adjustments=(),
                ),
            ),
        ),
    )
    first = OtherPayer(
        sequence=PayerSequence.PRIMARY,
        payer=claim.payer,
        subscriber=claim.subscriber,
        paid_cents=claim.charge_cents - 3_000,
    )
    bill = msgspec.structs.replace(
        claim, payer=second, sequence=PayerSequence.SECONDARY, other_payers=(first,), lines=lines
    )
    exchange.put("river", exchange.file_of([bill]))
    play(exchange, PAY_ALL)
    (payment,) = payments(exchange)
    assert (payment.status, payment.paid_cents) == ("2", 3_000)
    assert_books_close(exchange)


def test_each_practice_is_decided_for_itself(exchanges: Callable[[], Any]) -> None:
    alone_, together = exchanges(), exchanges()
    data = alone_.file_of([alone_.make_claim(n) for n in range(50)])
    alone_.put("river", data)
    together.put("river", data)
    together.put("brook", together.file_of([together.make_claim(n) for n in range(80, 90)]))
    play(alone_)
    play(together)
    of_river = {k: v for k, v in together.inbound().items() if k.startswith("river")}
    assert of_river == alone_.inbound()


def test_the_order_of_claims_and_files_changes_no_decision(exchanges: Callable[[], Any]) -> None:
    ordered, mixed = exchanges(), exchanges()
    claims = [ordered.make_claim(n) for n in range(60)]
    ordered.put("river", ordered.file_of(claims))
    shuffled = random.Random(3).sample(claims, len(claims))
    mixed.put("river", mixed.file_of(shuffled[:25]))
    mixed.put("river", mixed.file_of(shuffled[25:], control=2))
    for one in (ordered, mixed):
        play(one, NO_999)
        play(one, NO_999)
    assert _decisions(ordered) == _decisions(mixed)
    assert [one.claims for one in remittances(ordered)] == [
        one.claims for one in remittances(mixed)
    ]


def _decisions(exchange: Any) -> list[Any]:
    return [
        msgspec.to_builtins(claim)
        for practice in truth(exchange.directory).practices
        for claim in practice.claims
    ]


def test_another_seed_tells_another_story(exchanges: Callable[[], Any]) -> None:
    one, other = exchanges(), exchanges()
    for exchange, seed in ((one, 1), (other, 2)):
        exchange.put("river", exchange.file_of([exchange.make_claim(n) for n in range(40)]))
        play(exchange, seed=seed)
    assert _decisions(one) != _decisions(other)


class _Killed(BaseException):
    pass


def test_a_run_killed_at_any_rename_ends_the_same(
    exchanges: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = _two_practices(exchanges())
    play(whole, WITH_DUES)
    inbound, tree = whole.inbound(), _tree(whole.directory)
    assert any("-835-" in name for name in inbound)
    at, killed = 1, True
    while killed:
        at += 1
        broken = _two_practices(exchanges())
        killed = _killed_at(at, broken, monkeypatch)
        if killed:
            # The script and seed of the run that was cut off hold, whatever is asked now.
            assert play(broken, PAY_ALL, seed=99).continued
        assert broken.inbound() == inbound, f"killed at rename {at}"
        assert _tree(broken.directory) == tree, f"killed at rename {at}"
    # The mark twice, each answer, two steps, four files put away.
    assert at == 2 + len(inbound) + 2 + 4 + 1


def test_a_run_killed_before_it_began_leaves_no_trace(
    exchange: Any, exchanges: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _killed_at(1, _two_practices(exchange), monkeypatch)
    assert not play(exchange, PAY_ALL).continued
    untouched = _two_practices(exchanges())
    play(untouched, PAY_ALL)
    assert exchange.inbound() == untouched.inbound()


def test_what_is_due_waits_for_the_run_after_the_one_that_was_cut_off(
    exchange: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _two_practices(exchange)
    assert _killed_at(20, exchange, monkeypatch)
    assert play(exchange, WITH_DUES).continued
    before = exchange.inbound()
    report = play(exchange, WITH_DUES)
    assert (report.number, report.continued) == (2, False)
    assert exchange.inbound().keys() > before.keys()


def test_a_file_is_on_the_disk_before_it_appears(
    exchange: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: set[int] = set()
    real = os.replace

    def replace(source: Any, target: Any) -> None:
        if Path(source).suffix in (".x12", ".new") and "outbound" not in Path(source).parts:
            assert Path(source).stat().st_ino in synced
        real(source, target)

    monkeypatch.setattr(os, "fsync", lambda handle: synced.add(os.fstat(handle).st_ino))
    monkeypatch.setattr(os, "replace", replace)
    exchange.put("river", exchange.file_of([exchange.make_claim(1)]))
    assert play(exchange, PAY_ALL).sent == 3
    journal = next(exchange.directory.rglob("journal.jsonl"))
    assert {journal.stat().st_ino, journal.parent.stat().st_ino} <= synced


WITH_DUES = Script(shares=NO_999.shares, guarantee_from=5, reject_999_per_mille=0)


def _two_practices(exchange: Any) -> Any:
    for practice, first in (("brook", 0), ("river", 100)):
        claims = [exchange.make_claim(n) for n in range(first, first + 16)]
        exchange.put(practice, exchange.file_of(claims[:8]))
        exchange.put(practice, exchange.file_of(claims[8:], control=2))
    return exchange


def _killed_at(at: int, exchange: Any, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Plays until the rename number ``at``; False when there were not so many."""
    real, calls = os.replace, 0

    def replace(*paths: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == at:
            raise _Killed
        real(*paths)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", replace)
        try:
            play(exchange, WITH_DUES)
        except _Killed:
            return True
    return False


def _tree(directory: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file() and path.suffix != ".new"
    }


def test_two_simulators_do_not_work_in_one_folder(exchange: Any) -> None:
    exchange.put("river", exchange.file_of([exchange.make_claim(1)]))
    with alone(exchange.directory), pytest.raises(ConflictError):
        play(exchange)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        run(tmp_path / "nowhere", seed=1, now=None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("damage", "note"),
    [
        (lambda data: data.replace(b"IEA*1*000000001", b"IEA*1*000000009"), "001"),
        (lambda data: data.replace(b"IEA*1*", b"IEA*2*"), "021"),
        (lambda data: data[: data.rindex(b"IEA")], "023"),
    ],
)
def test_a_broken_envelope_is_refused_by_a_ta1_alone(
    exchange: Any, damage: Callable[[bytes], bytes], note: str
) -> None:
    exchange.put("river", damage(exchange.file_of([exchange.make_claim(1)])))
    play(exchange)
    (answer,) = read_ta1(exchange.of_kind("TA1")[0])
    assert (answer.code, answer.note) == ("R", note)
    assert truth(exchange.directory).files_sent == {"TA1": 1}


def test_a_group_without_its_end_is_refused_by_the_999(exchange: Any) -> None:
    data = exchange.file_of([exchange.make_claim(1)]).replace(b"~GE*1*1~", b"~")
    exchange.put("river", data)
    play(exchange)
    (answer,) = read_999(exchange.of_kind("999")[0])
    assert answer.group.status == "R"
    assert exchange.of_kind("277CA") == exchange.of_kind("835") == []


def test_a_sound_envelope_gets_a_ta1_only_when_it_asks(exchange: Any) -> None:
    exchange.put("river", exchange.file_of([exchange.make_claim(1)], wants_ta1=True))
    play(exchange, PAY_ALL)
    (answer,) = read_ta1(exchange.of_kind("TA1")[0])
    assert answer.code == "A"


@pytest.mark.parametrize("data", [b"", b"not X12", b"ISA*00*", b"\xff\xfe\x00", b"ISA" + b"*" * 99])
def test_what_is_not_x12_is_listed_and_harms_nothing(exchange: Any, data: bytes) -> None:
    exchange.put("river", data, "0000.x12")
    exchange.put("river", exchange.file_of([exchange.make_claim(1)]), "0001.x12")
    report = play(exchange, PAY_ALL)
    assert [(practice, name) for practice, name, _ in report.unreadable] == [("river", "0000.x12")]
    assert len(payments(exchange)) == 1


def test_a_file_cut_off_anywhere_is_answered_or_listed_and_never_crashes(
    exchanges: Callable[[], Any],
) -> None:
    exchange = exchanges()
    data = exchange.file_of([exchange.make_claim(n) for n in range(3)])
    for cut in range(0, len(data), 37):
        exchange.put("river", data[:cut], f"{cut:06d}.x12")
    report = play(exchange, PAY_ALL)
    answered = truth(exchange.directory).files_sent["TA1"]
    assert answered + len(report.unreadable) == len(range(0, len(data), 37))
    assert payments(exchange) == []


def test_a_set_with_a_fault_is_rejected_and_the_other_taken(exchange: Any) -> None:
    claims = [exchange.make_claim(n) for n in range(4)]
    data = exchange.file_of(claims, per_set=2).replace(b"~HI*ABK:", b"~HX*ABK:", 1)
    exchange.put("river", data)
    play(exchange, PAY_ALL)
    (answer,) = read_999(exchange.of_kind("999")[0])
    assert [one.status for one in answer.transactions] == ["R", "A"]
    assert len(payments(exchange)) == 2


def test_a_home_health_period_is_paid_and_its_notice_only_accepted(exchange: Any) -> None:
    claim = exchange.make_claim(1, Form.INSTITUTIONAL)
    period = msgspec.structs.replace(
        claim.lines[0], code="1AA11", code_qualifier="HP", revenue_code="0023", charge_cents=0
    )
    bill = msgspec.structs.replace(claim, lines=(period, claim.lines[1]))
    notice = msgspec.structs.replace(
        claim,
        claim_number="NOTICE1",
        frequency="A",
        institutional=msgspec.structs.replace(claim.institutional, type_of_bill="032A"),
        lines=(period,),
    )
    exchange.put("river", exchange.file_of([bill]))
    exchange.put("river", exchange.file_of([notice], control=2))
    play(exchange, PAY_ALL)
    (payment,) = payments(exchange)
    assert payment.lines[0].code_qualifier == "HP"
    assert payment.paid_cents > payment.lines[0].charge_cents == 0
    assert payment.lines[1].adjustments[0].code == "45"
    assert truth(exchange.directory).claims_by_outcome == {"notice": 1, "pay": 1}
    assert_books_close(exchange)
    assert_pyx12_accepts(exchange, "835")


def test_a_predetermination_is_answered_without_money_and_may_become_a_claim(
    exchange: Any,
) -> None:
    claim = exchange.make_claim(1, Form.DENTAL)
    asked = msgspec.structs.replace(claim, dental=Dental(predetermination=True))
    exchange.put("river", exchange.file_of([asked]))
    play(exchange, PAY_ALL)
    exchange.put("river", exchange.file_of([claim], control=2))
    play(exchange, PAY_ALL)
    first, second = payments(exchange)
    assert (first.status, first.paid_cents) == ("25", 0)
    assert second.paid_cents > 0


def test_values_that_hold_our_delimiters_do_not_stop_an_answer(exchange: Any) -> None:
    data = exchange.file_of([exchange.make_claim(1)])
    data = data.replace(b"*", b"|").replace(b"|DOE|", b"|D*E|").replace(b"RIVER", b"RIV*R")
    data = data.replace(b"|B000001|", b"|B*1|")
    exchange.put("river", data)
    play(exchange, PAY_ALL)
    (remittance,) = remittances(exchange)
    assert remittance.header.payee_name == "RIV R CLINIC"
    assert read_277ca(exchange.of_kind("277CA")[0])[0].batch_reference == "B*1"


@pytest.mark.shared
def test_published_files_are_answered_or_listed_without_a_crash(exchange: Any) -> None:
    shared = Path(__file__).parents[3].parent / "shared" / "data" / "x12"
    if not shared.is_dir():
        pytest.skip("the published examples are not beside the checkout")
    files = [path for path in sorted(shared.rglob("*")) if path.is_file()]
    for number, path in enumerate(files):
        exchange.put("river", path.read_bytes(), f"{number:04d}.x12")
    report = play(exchange)
    assert report.practices[0].taken + len(list(_again(exchange, files))) == len(files)
    assert report.claims > 20
    play(exchange)
    assert_books_close(exchange)
    for data in exchange.inbound().values():
        assert not check(data).has_errors


def _again(exchange: Any, files: list[Path]) -> list[Path]:
    contents = [path.read_bytes() for path in files]
    return [path for n, path in enumerate(files) if contents[n] in contents[:n]]


@pytest.mark.parametrize("form", [Form.DENTAL, Form.INSTITUTIONAL])
def test_dental_and_institutional_claims_are_answered_in_kind(exchange: Any, form: Form) -> None:
    exchange.put("river", exchange.file_of([exchange.make_claim(n, form) for n in range(45)]))
    play(exchange, NO_999)
    play(exchange, NO_999)
    qualifiers = {ln.code_qualifier for one in payments(exchange) for ln in one.lines}
    assert qualifiers == ({"AD"} if form is Form.DENTAL else {"HC", "NU"})
    assert_books_close(exchange)
    assert_pyx12_accepts(exchange, "999", "277CA", "835")


def test_pyx12_accepts_every_kind_of_answer(exchange: Any) -> None:
    claims = [exchange.make_claim(n) for n in range(60)]
    exchange.put("river", exchange.file_of(claims, per_set=15))
    play(exchange)
    exchange.put("river", exchange.file_of(claims[:20], control=2))
    play(exchange)
    told = truth(exchange.directory)
    assert set(told.claims_by_outcome) >= {Outcome.REJECT_999, Outcome.DUPLICATE, Outcome.DENY}
    assert_books_close(exchange)
    assert_pyx12_accepts(exchange, "999", "277CA", "835")
