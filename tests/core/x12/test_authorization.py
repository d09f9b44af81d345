"""Authorization (278): read by hand-written examples, single defects named, answers in words."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from core.claims.parties import Name, Reference, Sex
from core.eligibility.authorization_words import (
    ACTIONS,
    DECISION_REASONS,
    FOLLOW_UPS,
    REJECTIONS,
    decision_sentence,
    rejection_sentence,
    sentences,
)
from core.eligibility.authorizations import (
    AuthorizationAnswer,
    AuthorizationRequest,
    Decision,
    Member,
    Party,
    Rejection,
    ReviewDate,
    Service,
    all_rejections,
    approved_quantity,
    certified_services,
    covers,
    decision_on,
    in_effect,
    is_open,
    unanswered,
)
from core.eligibility.certifications import Ambulance, HomeHealth, Oxygen
from core.errors import InputError, X12SyntaxError
from core.x12.authorization_reader import read_authorizations
from core.x12.authorization_writer import write_authorizations
from core.x12.check import check
from core.x12.envelope import Envelope
from core.x12.guides.parts_278 import REASONS
from core.x12.report import Status
from core.x12.show import show
from core.x12.syntax import Delimiters
from tests.core.x12.authorization_values import ANSWER, REFUSAL, REQUEST, as_file
from tests.core.x12.claim_values import ENVELOPE
from tests.core.x12.remittance_values import without_places

# In the file, ST is segment 3.
BEFORE = 2


def the_request() -> AuthorizationRequest:
    (read,) = read_authorizations(as_file(*REQUEST))
    assert isinstance(read, AuthorizationRequest)
    return read


def the_answer(*segments: str) -> AuthorizationAnswer:
    (read,) = read_authorizations(as_file(*(segments or ANSWER)))
    assert isinstance(read, AuthorizationAnswer)
    return read


def replaced(value: Any, **changes: Any) -> Any:
    return msgspec.structs.replace(value, **changes)


@pytest.mark.parametrize("segments", [REQUEST, ANSWER, REFUSAL])
def test_the_examples_are_right_by_the_guide(segments: tuple[str, ...]) -> None:
    (transaction,) = check(as_file(*segments)).transactions
    assert (transaction.type, transaction.status, transaction.errors) == (
        "278",
        Status.ACCEPTED,
        (),
    )


@pytest.mark.parametrize("segments", [REQUEST, ANSWER, REFUSAL])
def test_what_is_read_is_written_as_it_was(segments: tuple[str, ...]) -> None:
    (read,) = read_authorizations(as_file(*segments))
    written = write_authorizations([read], ENVELOPE).decode().split("~")
    assert tuple(written[BEFORE : BEFORE + len(segments)]) == segments


def test_a_request_says_who_asks_whom_for_what() -> None:
    request = the_request()
    assert (request.reviewer.name.last, request.reviewer.id) == ("HARBOR HEALTH PLAN", "HHP01")
    (requester,) = request.requesters
    assert (requester.taxonomy, requester.references) == (
        "225100000X",
        (Reference(qualifier="EI", value="471122334"),),
    )
    assert request.created == datetime(2026, 3, 2, 9, 15)  # noqa: DTZ001 (local, as sent)
    assert (request.patient.name.first, request.patient.relationship) == ("TOBY", "19")
    assert (request.patient.birth_date, request.patient.sex) == (date(2011, 9, 21), Sex.MALE)
    assert request.subscriber.id == "HH900112"
    review = request.event.review
    assert review is not None
    assert (review.request, review.certification, review.place, review.causes) == (
        "HS", "I", "11", ("AA",),
    )  # fmt: skip
    assert (review.accident_state, request.event.day("439")) == ("TX", date(2026, 2, 14))
    assert [code.code for code in request.event.diagnoses] == ["M5450", "S8252XA"]
    assert request.event.diagnoses[1].on == date(2026, 2, 14)
    (paper,) = request.event.attachments
    assert (paper.transmission, paper.control_number) == ("EL", "ATT-991")
    exercise, evaluation = request.event.services
    assert (exercise.code, exercise.modifiers, exercise.units) == ("97110", ("GP",), Decimal(12))
    assert (exercise.charge_cents, exercise.pointers) == (60000, (1, 2))
    assert (exercise.service_from, exercise.service_to) == (date(2026, 3, 9), date(2026, 4, 3))
    assert (evaluation.service_from, evaluation.service_to) == (date(2026, 3, 9), date(2026, 3, 9))


def test_every_value_knows_its_segment() -> None:
    request = the_request()
    event = request.event
    assert (request.segment, request.reviewer.segment, request.subscriber.segment) == (3, 6, 13)
    assert (event.segment, event.traces[0].segment, event.delivery and event.delivery.segment) == (
        18, 19, 23,
    )  # fmt: skip
    assert [service.segment for service in event.services] == [29, 33]
    answer = the_answer()
    assert [s.decision and s.decision.segment for s in answer.services] == [21, 26]
    assert [rejection.segment for rejection in all_rejections(the_answer(*REFUSAL))] == [11]


def test_an_answer_says_what_was_decided_on_each_service() -> None:
    answer = the_answer()
    exercise, evaluation = answer.services
    assert answer.number == "AUTH-3301"
    assert decision_on(answer, exercise) == Decision(
        segment=21, action="A2", number="AUTH-3301-1", reasons=("04",)
    )
    assert certified_services(answer) == (exercise,)
    assert approved_quantity(answer, exercise) == Decimal(8)
    assert approved_quantity(answer, evaluation) == Decimal(0)
    assert in_effect(answer, exercise) == (date(2026, 3, 9), date(2026, 4, 15))
    assert in_effect(answer) == (date(2026, 3, 9), date(2026, 4, 30))
    assert covers(answer, exercise, date(2026, 4, 15))
    assert not covers(answer, exercise, date(2026, 4, 16))
    assert not covers(answer, exercise, date(2026, 3, 8))
    assert not covers(answer, evaluation, date(2026, 3, 9))
    assert evaluation.contact is not None
    assert evaluation.contact.name.last == "HARBOR NOTES DESK"


def test_what_needs_no_authorization_may_be_given_without_being_certified() -> None:
    answer = the_answer(*(s.replace("HCR*A4**90", "HCR*NA") for s in ANSWER))
    evaluation = answer.services[1]
    assert certified_services(answer) == answer.services[:1]
    assert covers(answer, evaluation, date(2026, 3, 9))
    assert approved_quantity(answer, evaluation) == Decimal(1)


def test_a_service_without_a_decision_of_its_own_has_that_of_the_event() -> None:
    segments = tuple(segment for segment in ANSWER if segment != "HCR*A4**90")
    answer = the_answer(*segments)
    evaluation = answer.services[1]
    decision = decision_on(answer, evaluation)
    assert decision is not None
    assert decision.reasons == ("37", "E8")
    assert certified_services(answer) == answer.services


def test_what_is_pended_still_waits_and_what_is_missing_waits_with_the_event() -> None:
    request, answer = the_request(), the_answer()
    exercise, evaluation = request.event.services
    assert unanswered(request, answer) == (evaluation,)
    assert is_open(answer)
    event = answer.event
    assert event is not None
    none = replaced(answer, event=replaced(event, services=()))
    assert unanswered(request, none) == ()
    pended = replaced(event, services=(), decision=Decision(action="A4"))
    assert unanswered(request, replaced(answer, event=pended)) == (exercise, evaluation)


def test_a_service_is_found_again_by_code_when_its_number_did_not_come_back() -> None:
    request, answer = the_request(), the_answer()
    event = answer.event
    assert event is not None
    nameless = tuple(replaced(service, traces=()) for service in reversed(event.services))
    shuffled = replaced(answer, event=replaced(event, services=nameless))
    assert unanswered(request, shuffled) == (request.event.services[1],)


def test_what_was_refused_does_not_wait() -> None:
    request, refusal = the_request(), the_answer(*REFUSAL)
    assert unanswered(request, refusal) == ()
    assert not is_open(refusal)
    (rejection,) = all_rejections(refusal)
    assert (rejection.reason, rejection.follow_up, rejection.understood) == ("75", "C", False)
    assert refusal.subscriber is not None
    assert refusal.subscriber.rejections == (rejection,)


def swapped(segments: tuple[str, ...], old: str, new: str | None) -> tuple[bytes, int]:
    """The example with one segment changed or taken out, and that segment's number."""
    place = segments.index(old)
    changed = [*segments[:place], *([] if new is None else [new]), *segments[place + 1 :]]
    if new is None or "~" in new:
        count = len(changed) + (new.count("~") if new else 0)
        parts = segments[-1].split("*")
        changed[-1] = "*".join((parts[0], str(count), parts[2]))
    return as_file(*changed), place + 1 + BEFORE


@pytest.mark.parametrize(
    ("old", "new", "code", "shift"),
    [
        ("BHT*0007*13*REQ-77*20260302*0915", "BHT*0007*12*REQ-77*20260302*0915",
         "segment-unexpected", 0),
        ("BHT*0007*13*REQ-77*20260302*0915", "BHT*0007*13*REQ-77*20260332*0915", "bad-date", 0),
        ("NM1*X3*2*HARBOR HEALTH PLAN*****PI*HHP01", None, "loop-missing", 0),
        ("NM1*1P*1*OKAFOR*LENA****XX*1234567893", "NM1*1P*1*OKAFOR*LENA****XX",
         "element-condition", 0),
        ("NM1*IL*1*MARSH*DELIA****MI*HH900112", "NM1*IL*1*MARSH*DELIA****PI*HH900112",
         "code-value", 0),
        ("HL*4*3*23*1", "HL*4*9*23*1", "level-parent", 0),
        ("HL*5*4*EV*1", "HL*5*3*EV*1", "level-parent", 0),
        ("HL*5*4*EV*1", "HL*6*4*EV*1", "level-number", 0),
        ("INS*N*19", "INS*N*77", "code-value", 0),
        ("TRN*1*EV-5501*9CENTRALPT", "TRN*1*EV-5501*9CENTRAL", "too-short", 0),
        ("UM*HS*I*PT*11:B*AA:::TX*U", None, "segment-missing", 0),
        ("UM*HS*I*PT*11:B*AA:::TX*U", "UM*HX*I*PT*11:B*AA:::TX*U", "code-value", 0),
        ("UM*HS*I*PT*11:B*AA:::TX*U", "UM*HS**PT*11:B*AA:::TX*U", "element-missing", 0),
        ("DTP*439*D8*20260214", "DTP*439*RD8*20260214", "code-value", 0),
        ("HI*ABK:M5450*ABF:S8252XA:D8:20260214", "HI*XYZ:M5450", "code-value", 0),
        ("HSD*VS*12*WK*3*35*4", "HSD*VS**WK*3*35*4", "element-condition", 0),
        ("HSD*VS*12*WK*3*35*4", "HSD*VS*12*WK*3**4", "element-condition", 0),
        ("PWK*OZ*EL***AC*ATT-991*THERAPY PLAN", "PWK*OZ*EL****ATT-991", "element-condition", 0),
        ("MSG*FELL FROM A BICYCLE", "MSG*" + "A" * 265, "too-long", 0),
        ("SV1*HC:97110:GP*600*UN*12***1:2", "SV1*HC:97110:GP*6OO*UN*12", "bad-number", 0),
        ("SV1*HC:97161*140*UN*1***1", "SV1*HC:97161*140*XX*1", "code-value", 0),
        ("SV1*HC:97161*140*UN*1***1", "HCR*A1~SV1*HC:97161*140*UN*1", "segment-unexpected", 0),
        ("DTP*472*D8*20260309", "DTP*472*D8*20260309~DTP*472*D8*20260310", "segment-repeats", 1),
        ("HL*7*5*SS*0", "HL*7*5*ZZ*0", "segment-unexpected", 0),
    ],
)  # fmt: skip
def test_one_defect_of_a_request_is_named_at_its_segment(
    old: str, new: str | None, code: str, shift: int
) -> None:
    data, segment = swapped(REQUEST, old, new)
    (transaction,) = check(data).transactions
    found = {(error.segment, error.code) for error in transaction.errors}
    assert (segment + shift, code) in found, found
    assert transaction.status is Status.REJECTED


def test_a_dependent_who_names_a_level_further_up_is_only_warned_of() -> None:
    """Where he stands says whose dependent he is; an event so placed would be that of another."""
    data, segment = swapped(REQUEST, "HL*4*3*23*1", "HL*4*2*23*1")
    (transaction,) = check(data).transactions
    found = [(error.severity, error.segment, error.code) for error in transaction.errors]
    assert found == [("warning", segment, "level-parent")]
    assert transaction.status is Status.ACCEPTED


@pytest.mark.parametrize(
    ("segments", "old", "new", "code"),
    [
        (ANSWER, "HCR*A6*AUTH-3301*37^E8", "HCR*A5*AUTH-3301", "code-value"),
        (ANSWER, "HCR*A6*AUTH-3301*37^E8", "HCR**AUTH-3301", "element-missing"),
        (ANSWER, "HCR*A6*AUTH-3301*37^E8", "HCR*A3**01^02^03^04^05^06", "too-many-repetitions"),
        (ANSWER, "HCR*A4**90", "HCR*A4**90**", "trailing-separator"),
        (ANSWER, "HCR*A4**90", "HCR*A4**90~HCR*A1", "segment-repeats"),
        (ANSWER, "DTP*036*D8*20260415", "DTP*036*D8*20260431", "bad-date"),
        (ANSWER, "DTP*007*RD8*20260309-20260430", "DTP*007*RD8*20260309", "bad-date"),
        (ANSWER, "TRN*2*SV-1*9CENTRALPT", "TRN*3*SV-1*9CENTRALPT", "code-value"),
        (ANSWER, "NM1*PR*2*HARBOR NOTES DESK", "NM1*87*2*HARBOR NOTES DESK", "segment-unexpected"),
        (ANSWER, "BHT*0007*11*REQ-77*20260303*1030*19", "BHT*0007*11*REQ-77*20260303*1030*77",
         "code-value"),
        (ANSWER, "PER*IC*REVIEW*TE*8005550142", "PER*IC*REVIEW*TE", "element-condition"),
        (REFUSAL, "AAA*N**75*C", "AAA*N**00*C", "code-value"),
        (REFUSAL, "AAA*N**75*C", "AAA*N*75**C", "element-missing"),
        (REFUSAL, "AAA*N**75*C", "AAA*N**75*Z", "code-value"),
        (REFUSAL, "AAA*N**75*C", "AAA*Q**75*C", "code-value"),
    ],
)  # fmt: skip
def test_one_defect_of_an_answer_is_named_at_its_segment(
    segments: tuple[str, ...], old: str, new: str, code: str
) -> None:
    data, segment = swapped(segments, old, new)
    (transaction,) = check(data).transactions
    found = {(error.segment - new.count("~"), error.code) for error in transaction.errors}
    assert (segment, code) in found, found


def test_request_and_answer_stand_in_one_file() -> None:
    answer = (ANSWER[0].replace("0009", "0002"), *ANSWER[1:-1], ANSWER[-1].replace("0009", "0002"))
    data = as_file(*REQUEST, *answer).replace(b"GE*1*12", b"GE*2*12")
    assert [t.errors for t in check(data).transactions] == [(), ()]
    kinds = [type(each) for each in read_authorizations(data)]
    assert kinds == [AuthorizationRequest, AuthorizationAnswer]
    lines = list(show(data))
    assert sum("BHT request" in line for line in lines) == 1
    assert sum("BHT answer" in line for line in lines) == 1
    assert not any("[]" in line for line in lines)


@pytest.mark.parametrize(
    ("old", "new", "segment"),
    [
        ("DMG*D8*20110921*M", "DMG*D8*20110931*M", 16),
        ("HSD*VS*12*WK*3*35*4", "HSD*VS*x*WK*3*35*4", 23),
        ("HSD*VS*12*WK*3*35*4", "HSD*VS*12*WK*3*35*4.5", 23),
        ("DTP*472*RD8*20260309-20260403", "DTP*472*RD8*20260309", 31),
        ("SV1*HC:97110:GP*600*UN*12***1:2", "SV1*HC:97110:GP*6e2*UN*12***1:2", 32),
        ("BHT*0007*13*REQ-77*20260302*0915", "BHT*0007*13*REQ-77*20260302*9915", 4),
        ("BHT*0007*13*REQ-77*20260302*0915", "BHT*0007*99*REQ-77*20260302*0915", 3),
        ("NM1*IL*1*MARSH*DELIA****MI*HH900112", None, 4),
        ("NM1*1P*1*OKAFOR*LENA****XX*1234567893", None, 4),
        ("NM1*X3*2*HARBOR HEALTH PLAN*****PI*HHP01", None, 5),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_segment(
    old: str, new: str | None, segment: int
) -> None:
    data, _ = swapped(REQUEST, old, new)
    with pytest.raises(X12SyntaxError) as caught:
        read_authorizations(data)
    assert caught.value.segment == segment
    assert "MARSH" not in caught.value.message


def test_a_file_without_a_278_is_refused() -> None:
    data = as_file("ST*999*0001*005010X231A1", "SE*2*0001")
    with pytest.raises(X12SyntaxError, match="no authorization"):
        read_authorizations(data)


def _with_event(**changes: Any) -> AuthorizationRequest:
    request = without_places(the_request())
    return replaced(request, event=replaced(request.event, **changes))


def _with_service(**changes: Any) -> AuthorizationRequest:
    request = without_places(the_request())
    return _with_event(services=(replaced(request.event.services[0], **changes),))


SURGEON = Party(role="SJ", name=Name(last="A"))


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (_with_event(review=None), "UM.* is required"),
        (_with_event(diagnoses=the_request().event.diagnoses * 7), "12 diagnoses"),
        (_with_event(attachments=the_request().event.attachments * 11), "10 times"),
        (_with_event(message="A" * 265), "longer than 264"),
        (_with_event(message="A*B"), "separates X12 data"),
        (_with_event(decision=Decision(action="A1")), "HCR.* does not belong here"),
        (_with_event(rejections=(Rejection(reason="15", follow_up="C"),)), "AAA"),
        (_with_event(contact=SURGEON), "only an answer"),
        (_with_event(transports=(SURGEON,)), "these roles"),
        (_with_event(other_reviewers=(SURGEON,)), "these roles"),
        (_with_event(providers=(replaced(SURGEON, id="1"),)), "stand together"),
        (_with_event(providers=(SURGEON,) * 15), "14 times"),
        (_with_event(dates=(ReviewDate(qualifier="472", first=date(2026, 1, 1)),)), "DTP"),
        (
            _with_event(
                dates=(
                    ReviewDate(
                        qualifier="435",
                        first=date(2026, 1, 1),
                        last=date(2026, 1, 2),
                        time="0900",
                    ),
                )
            ),
            "no time",
        ),
        (_with_event(certifications=(HomeHealth(prognosis="3"),)), "care began is required"),
        (_with_event(certifications=(Oxygen(), Oxygen())), "CR5"),
        (_with_event(certifications=(Ambulance(weight=Decimal(1)),)), "CR1.*all or none"),
        (_with_service(form="SV9"), "SV1, SV2 or SV3"),
        (_with_service(form=""), "no place for"),
        (_with_service(revenue_code="0120"), "SV1 has no place for revenue code"),
        (_with_service(modifiers=("GP",) * 5), "four modifiers"),
        (_with_service(code=""), "need its code"),
        (_with_service(units=None), "element 4"),
        (replaced(the_request(), purpose="11"), "a request asks"),
        (replaced(the_request(), control_number="1"), "shorter than 4"),
        (replaced(the_request(), requesters=()), "need"),
        (
            replaced(
                the_request(), subscriber=Member(name=Name(last="A"), sex=Sex.FEMALE)
            ),
            "birth date",
        ),
        (
            replaced(
                the_request(), dependent=Member(name=Name(last="A"), birth_sequence=2)
            ),
            "relationship",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_carried_is_refused_in_words(
    request_: AuthorizationRequest, words: str
) -> None:
    with pytest.raises(InputError, match=words) as caught:
        write_authorizations([request_], ENVELOPE)
    assert caught.value.message.startswith(("authorization 1: ", "segment 23 (MSG), element 1: "))
    assert "MARSH" not in caught.value.message


def test_an_answer_without_decision_or_refusal_is_refused() -> None:
    answer = the_answer()
    assert answer.event is not None
    undecided = replaced(answer, event=replaced(answer.event, decision=None))
    with pytest.raises(InputError, match="has a decision"):
        write_authorizations([undecided], ENVELOPE)
    reason = (Rejection(reason="AF", follow_up="C"),)
    refused = replaced(answer, event=replaced(undecided.event, rejections=reason))
    (read,) = read_authorizations(write_authorizations([refused], ENVELOPE))
    assert isinstance(read, AuthorizationAnswer)
    assert [each.reason for each in all_rejections(read)] == ["AF"]


def test_two_authorizations_need_two_control_numbers() -> None:
    request = the_request()
    with pytest.raises(InputError, match="control number"):
        write_authorizations([request, request], ENVELOPE)
    with pytest.raises(InputError, match="no authorization"):
        write_authorizations([], ENVELOPE)


def test_several_reasons_need_a_repetition_separator() -> None:
    plain = replaced(ENVELOPE, delimiters=Delimiters(repetition=""))
    assert isinstance(plain, Envelope)
    with pytest.raises(InputError, match="repetition separator"):
        write_authorizations([the_answer()], plain)


@pytest.mark.parametrize(
    ("decision", "verdict", "hint"),
    [
        (
            Decision(action="A1", number="X"),
            "The request is certified in full.",
            "Give the service within its dates; bill with the number.",
        ),
        (
            Decision(action="A3", reasons=("82",)),
            "The request is not certified: medical need is not shown.",
            "Send the clinical notes or ask for a peer review.",
        ),
        (
            Decision(action="A4", reasons=("90", "E8")),
            "The request is pended: information asked for did not come; it needs medical review.",
            "Send the clinical notes.",
        ),
        (
            Decision(action="CT"),
            "The request is not decided electronically.",
            "Call the reviewer.",
        ),
        (
            Decision(action="A3", reasons=("ZZ9",)),
            "The request is not certified: reason ZZ9.",
            "Read the reason; correct and ask again, or appeal.",
        ),
        (
            Decision(action="MARSH DELIA"),
            "The request has decision of an unknown form.",
            "Look the code up or call the reviewer.",
        ),
    ],
)
def test_a_decision_is_a_sentence_with_a_hint(decision: Decision, verdict: str, hint: str) -> None:
    assert decision_sentence(decision) == f"{verdict} {hint}"


@pytest.mark.parametrize(
    ("reason", "follow_up", "why", "hint"),
    [
        (
            "75",
            "C",
            "the subscriber is not found",
            "Check member id and payer with the card. Correct it and send it again.",
        ),
        (
            "42",
            "R",
            "the reviewer cannot answer now",
            "Send it again later. It may be sent again.",
        ),
        (
            "98",
            "N",
            "reason 98",
            "Look the code up or call the reviewer. It may not be sent again.",
        ),
        (
            "DELIA MARSH",
            "?",
            "reason of an unknown form",
            "Look the code up or call the reviewer. Ask the reviewer whether to send it again.",
        ),
    ],
)
def test_a_refusal_is_a_sentence_with_a_hint(
    reason: str, follow_up: str, why: str, hint: str
) -> None:
    told = rejection_sentence(Rejection(reason=reason, follow_up=follow_up))
    assert told == f"The request was refused: {why}. {hint}"


def test_an_answer_is_told_from_the_event_down_to_the_services() -> None:
    event, exercise, evaluation = sentences(the_answer())
    assert event.startswith("The request is certified with changes: an outside reviewer will")
    assert exercise.startswith("Service 1 is certified in part: the quantity authorized")
    assert evaluation.startswith("Service 2 is pended")
    (refusal,) = sentences(the_answer(*REFUSAL))
    assert "the subscriber is not found" in refusal
    empty = AuthorizationAnswer(control_number="1", reference="1", reviewer=SURGEON)
    assert sentences(empty) == ("The answer holds no decision. Call the reviewer.",)


def test_words_are_there_for_every_action_and_only_for_reasons_of_the_guide() -> None:
    assert set(ACTIONS) == {"A1", "A2", "A3", "A4", "A6", "C", "CT", "NA"}
    assert set(REJECTIONS) <= set(REASONS.split("|"))
    told = [words for table in (ACTIONS, DECISION_REASONS, REJECTIONS) for words in table.values()]
    assert all(hint.endswith(".") and verdict[-1] != "." for verdict, hint in told)
    assert all(words.endswith(".") for words in FOLLOW_UPS.values())


def test_a_service_counts_its_units_else_its_delivery() -> None:
    delivery = the_request().event.delivery
    assert Service(units=Decimal(3), delivery=delivery).quantity == Decimal(3)
    assert Service(delivery=delivery).quantity == Decimal(12)
    assert Service().quantity is None
