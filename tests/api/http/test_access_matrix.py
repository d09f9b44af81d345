"""The matrix holds: each role sees of each class on each route what the table says, and no more.

A canary patient has one value of each class that is found nowhere else. Both directions count:
what may be seen is there, what may not is not, in any place of the answer.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import msgspec
import pytest
from litestar.datastructures import FormMultiDict
from litestar.testing import TestClient
from msgspec.structs import replace
from sqlalchemy import text

from api.access_matrix import Route, access_page, cell, routes
from api.http import claim_form
from api.http.claim_fields import claim_fields_of, line_fields_of
from api.http.claim_reading import fields_of
from api.http.forms import Form
from core.claims.claim import Claim, Institutional, Note, ServiceLine, SpecialtyRecord
from core.claims.claim import Form as ClaimForm
from core.claims.parties import Address, Name, Person, Reference, Sex, Subscriber
from core.claims.position import NextActor, Owes, Position, Stage
from core.confidentiality import FieldClass, Sensitivity
from core.ports import (
    ClaimRecord,
    FindingAnswer,
    NewStatement,
    StoredProvider,
)
from core.scrub.finding import Finding, Severity
from core.sight import EVERYTHING, Shown, seen_claim
from tenants.access import SIGHT, in_emergency, widened
from tenants.session import tenant_transaction
from tenants.staff import RIGHTS, Right, Role
from tests.api.http import pages_claims
from tests.api.http import pages_world as world
from tests.api.http.callers import ProgramAtWork, token
from tests.api.http.edit_form import sent_by
from tests.api.http.pages_denial import decide
from tests.api.http.visitors import Visitor

Visit = Callable[[str], Visitor]
HOME = world.PRACTICES[2]
PLAIN, PART_TWO = "canary plain", "canary part two"
# A claim whose record an edit took off, and the label stayed: it alone says what the claim is.
LABELLED = "canary labelled"
OF_PROGRAMS = (PART_TWO, LABELLED)
STATEMENT = "statement of the canary"

# class -> (what is there when it is whole, what of it stays when it is masked)
CANARIES = {
    FieldClass.DEMOGRAPHICS: (("Zephyrquill", "Wilhelmine", "Nov 23, 1948", "41 Canary Row"), "Z."),
    FieldClass.IDENTIFIERS: (("WQX5501234987", "AUTH-778812"), "4987"),
    FieldClass.CLINICAL: (("Z59.7", "F43.8"), "•••"),
    FieldClass.SUBSTANCE_USE: (("F11.2", "F10.2"), "•••"),
}
LABEL, PAID_ON, REASON = Sensitivity.SUBSTANCE_USE, date(2026, 3, 1), "a private reason"
TRACES = ("H0020", "F11.2", "F112", REASON, "DRG-896", "%PDF")
NAMES = [role.value for role in Role]
SHOWING = [route for route in routes() if route.shows]


def person() -> Person:
    return Person(
        name=Name(last="Zephyrquill", first="Wilhelmine"),
        birth_date=date(1948, 11, 23),
        sex=Sex.FEMALE,
        address=Address(line1="41 Canary Row", city="Farhaven", state="PA", postal_code="19019"),
    )


def canary(number: str, *, part_two: bool = False) -> Claim:
    record = SpecialtyRecord(kind="behavioral_health.part2", body=b'{"program": true}')
    base = pages_claims._claim("held", number, world.today())
    return replace(
        base,
        patient=person(),
        subscriber=Subscriber(person=person(), member_id="WQX5501234987", group_number="GRP443311"),
        auth_number="AUTH-778812",
        diagnoses=("F112", "F102") if part_two else ("Z597", "F438"),
        notes=(Note(qualifier="ADD", text="canary note of the visit"),),
        references=(Reference(qualifier="EA", value="CHART-990017"),),
        lines=(replace(base.lines[0], code="H0020") if part_two else base.lines[0], base.lines[1]),
        records=(record,) if part_two else (),
    )


@pytest.fixture(scope="module", autouse=True)
def seeded() -> None:
    """The canary patient with a claim of each kind, in a practice that has no other claims."""
    running, held = world.runtime(), Position(
        stage=Stage.HELD, owes=Owes.PAYER, next_actor=NextActor.BILLER
    )  # fmt: skip
    with running.unit_of_work(HOME.tenant_id, running.person(world.PEOPLE["lead"].id)) as uow:
        [billing] = uow.new_ids(1)
        provider = pages_claims.BILLING
        stored = StoredProvider(id=billing, role="billing", provider=provider, status="active")
        uow.masters.add_providers([stored])
        patient = uow.patients.ensure([("CANARY-1", person())])["CANARY-1"]
        for place, name in enumerate((PLAIN, *OF_PROGRAMS), 71):
            claim = canary(f"{HOME.number:04d}{place:08d}", part_two=name in OF_PROGRAMS)
            record = ClaimRecord(
                id=world.some_id(name),
                claim=replace(claim, records=()) if name == LABELLED else claim,
                sensitivity=LABEL if name == LABELLED else Sensitivity.NONE,
                position=held,
                encounter_id=pages_claims._encounter(uow, patient, billing, place),
                patient_id=patient,
                payer_ref=world.some_id("payer"),
            )
            uow.claims.add([record], [])
            code = record.claim.lines[0].code
            finding = Finding(
                rule="T-1",
                severity=Severity.DENY,
                message=f"{code} is a timed code",
                suggestion=f"Bill {code}",
            )
            uow.claims.add_findings([(record.id, finding)])
            answer = FindingAnswer(
                claim_id=record.id, claim_version=1, kind="override", finding=finding,
                by=world.PEOPLE["lead"].id, role="lead", reason=f"{REASON} {code}",
            )  # fmt: skip
            uow.claims.answer(answer, record.sensitivity)
            decide(uow, record, PAID_ON)
        issued: Any = SimpleNamespace(number="0003-0000071", issued_on=PAID_ON, due_cents=2_500)
        new = NewStatement(
            id=world.some_id(STATEMENT), patient_id=patient, statement=issued, document=b"%PDF",
            sensitivity=LABEL,
        )  # fmt: skip
        uow.statements.add([new])
        uow.record("claim.created", {"claim": [world.some_id(PLAIN)]}, claims=3)


def path_of(route: Route, name: str) -> str:
    return route.path.replace("{slug}", HOME.slug).replace("{claim_id}", str(world.some_id(name)))


def answer(visitor: Visitor, route: Route, name: str):
    path = path_of(route, name)
    if route.method == "GET":
        return visitor.get(path)
    # Nothing of these is complete: what comes back is the claim, or its form, and what is wrong.
    return visitor.post(path, {"version": "1", "step": "review", "class": "", "finding": "x"})


@pytest.mark.attack("S-07")
@pytest.mark.control("R4")
@pytest.mark.parametrize(
    ("name", "route"),
    [(role.value, route) for route in SHOWING for role in Role if route.lets_in(role)],
    ids=lambda one: one if isinstance(one, str) else f"{one.method} {one.path[27:]}",
)
def test_a_role_sees_of_each_class_what_the_matrix_says(
    standing: Visit, name: str, route: Route
) -> None:
    visitor, role = standing(name), Role(name)
    for claim in (PLAIN, *OF_PROGRAMS):
        clinical = FieldClass.SUBSTANCE_USE if claim in OF_PROGRAMS else FieldClass.CLINICAL
        if "{claim_id}" not in route.path:
            continue
        if route.path.endswith(("/scrub", "/release")):
            continue  # these answer with the claim's page or not at all, and they change it
        page = answer(visitor, route, claim).text
        other = (set(CANARIES) & {FieldClass.CLINICAL, FieldClass.SUBSTANCE_USE}) - {clinical}
        for kind, (whole, _) in CANARIES.items():
            shown = cell(role, route, kind)
            may_show = shown is Shown.WHOLE and kind not in other
            if not may_show:
                assert not [one for one in whole if one in page], (name, route.path, kind)


@pytest.mark.attack("S-07")
@pytest.mark.control("R4")
@pytest.mark.parametrize("name", sorted(RIGHTS[Right.WORK_QUEUE]))
@pytest.mark.parametrize("claim", [PLAIN, *OF_PROGRAMS])
def test_the_page_of_a_claim_shows_each_class_whole_masked_or_not(
    standing: Visit, name: str, claim: str
) -> None:
    page = standing(name).get(f"/practices/{HOME.slug}/claims/{world.some_id(claim)}").text
    kinds = [FieldClass.DEMOGRAPHICS, FieldClass.IDENTIFIERS]
    kinds.append(FieldClass.SUBSTANCE_USE if claim in OF_PROGRAMS else FieldClass.CLINICAL)
    for kind in kinds:
        whole, masked = CANARIES[kind]
        shown = SIGHT[Role(name)][kind]
        assert all((one in page) is (shown is Shown.WHOLE) for one in whole), kind
        if shown is Shown.MASKED:
            assert masked in page, kind
    assert ("H0020" in page) is (
        claim in OF_PROGRAMS and SIGHT[Role(name)][FieldClass.SUBSTANCE_USE] is not Shown.HIDDEN
    ), "the code alone would say what the treatment is"
    assert "$185.00" in page, "money is shown to whoever may see a claim"
    assert "canary note" not in page
    assert "CHART-990017" not in page


@pytest.mark.attack("S-07")
@pytest.mark.control("R4")
@pytest.mark.parametrize("name", NAMES)
def test_a_route_that_says_it_shows_nothing_of_a_patient_shows_nothing(
    standing: Visit, name: str
) -> None:
    """Lists hold no field of a patient at all: masked by default could not be less."""
    visitor = standing(name)
    found = [one for one in routes() if one.method == "GET" and not one.shows]
    assert len(found) > 10
    needles = [one for whole, _ in CANARIES.values() for one in whole]
    needles += [pages_claims.FAMILY_NAME, pages_claims.MEMBER_ID]
    for route in found:
        path = (
            path_of(route, PLAIN)
            .replace("{staff_id}", str(world.PEOPLE["biller"].id))
            .replace("{payer_ref}", str(world.some_id("payer")))
        )
        asked = {"/find": "?number=0003", "/queue": "?number=0003"}.get(path, "")
        page = visitor.get(path + asked).text
        assert not [one for one in needles if one in page], (name, path)


@pytest.mark.attack("S-07")
@pytest.mark.control("R4")
@pytest.mark.parametrize("name", ["admin", "coder", "poster", "auditor"])
def test_what_is_masked_is_shown_once_for_a_purpose_and_recorded(visit: Visit, name: str) -> None:
    visitor, sight = visit(name), SIGHT[Role(name)]
    address = f"/practices/{HOME.slug}/claims/{world.some_id(PLAIN)}"
    for kind in (FieldClass.DEMOGRAPHICS, FieldClass.IDENTIFIERS, FieldClass.CLINICAL):
        whole, _ = CANARIES[kind]
        before = revealed(name, kind)
        told = visitor.post(f"{address}/reveal", {"class": kind.value, "purpose": "operations"})
        masked = sight[kind] is Shown.MASKED
        assert (told.status_code, revealed(name, kind) - before) == (
            (200, 1) if masked else (422, 0)
        )
        if masked:
            assert all(one in told.text for one in whole)
            assert not any(one in visitor.get(address).text for one in whole), "once, not for ever"
    for fields in ({"class": "demographics"}, {"class": "psychotherapy", "purpose": "operations"}):
        refused = visitor.post(f"{address}/reveal", fields)
        assert refused.status_code == 422
        assert "Zephyrquill" not in refused.text


def revealed(name: str, kind: FieldClass) -> int:
    with tenant_transaction(world.runtime().engine, HOME.tenant_id) as connection:
        found = connection.execute(
            text(
                "SELECT count(*) FROM audit_event WHERE kind = 'claim.revealed'"
                " AND purpose = 'operations' AND actor_id = :who AND counts ? :class"
            ),
            {"who": world.PEOPLE[name].id, "class": kind.value},
        )
        return int(found.scalar() or 0)


@pytest.mark.attack("S-07")
@pytest.mark.control("R26")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("claim", OF_PROGRAMS)
def test_who_sees_nothing_of_substance_use_finds_no_trace_on_any_route(
    visit: Visit, name: str, claim: str
) -> None:
    """Of the claim, what the payer said of it, what people answered, and the patient's papers."""
    visitor, role = visit(name), Role(name)
    if SIGHT[role][FieldClass.SUBSTANCE_USE] is not Shown.HIDDEN:
        page = visitor.get(f"/practices/{HOME.slug}/claims/{world.some_id(claim)}").text
        assert "H0020" in page
        return
    asked = [one for one in routes() if one.method == "GET" and one.lets_in(role)]
    for route in asked:
        path = path_of(route, claim).replace("{statement_id}", str(world.some_id(STATEMENT)))
        page = visitor.get(path).text
        assert not [one for one in TRACES if one in page], (name, path)


@pytest.mark.attack("S-07")
@pytest.mark.control("R26")
@pytest.mark.parametrize("claim", [PLAIN, *OF_PROGRAMS])
def test_no_scope_of_a_program_of_others_opens_a_part_two_record(
    client: TestClient, claim: str
) -> None:
    path = f"/api/v1/practices/{HOME.slug}/claims/{world.some_id(claim)}"
    answer = ProgramAtWork(client, token()).get(path)
    assert answer.status_code == 200
    assert (answer.json()["clinical"] is None) is (claim in OF_PROGRAMS)
    assert (FieldClass.CLINICAL in answer.json()["left_out"]) is (claim in OF_PROGRAMS)
    assert not [one for one in TRACES if one in answer.text]


@pytest.mark.attack("S-07")
@pytest.mark.control("R26")
@pytest.mark.parametrize("name", sorted(RIGHTS[Right.WORK_QUEUE]))
def test_a_statement_that_tells_of_a_program_is_there_for_whoever_sees_such_records(
    visit: Visit, name: str
) -> None:
    hidden = SIGHT[Role(name)][FieldClass.SUBSTANCE_USE] is Shown.HIDDEN
    path = f"/practices/{HOME.slug}/statements/{world.some_id(STATEMENT)}/pdf"
    for claim in (PLAIN, PART_TWO):
        page = visit(name).get(f"/practices/{HOME.slug}/claims/{world.some_id(claim)}").text
        assert (path in page) is not hidden
        assert ("0003-0000071" in page) is not hidden
    told = visit(name).get(path)
    nowhere = visit(name).get(path.replace(str(world.some_id(STATEMENT)), str(UUID(int=9))))
    assert told.status_code == (404 if hidden else 200)
    assert (sentence_of(told) == sentence_of(nowhere)) is hidden


def sentence_of(answer: Any) -> str:
    """What a page says, without what differs from one answer to the next."""
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|nonce=\S+|\b[0-9a-f]{12,}\b", "", answer.text)


def test_what_is_hidden_is_not_revealed(visit: Visit) -> None:
    address = f"/practices/{HOME.slug}/claims/{world.some_id(PART_TWO)}"
    fields = {"class": "substance_use", "purpose": "payment"}
    for name, status in (("admin", 422), ("auditor", 422), ("poster", 200)):
        told = visit(name).post(f"{address}/reveal", fields)
        assert told.status_code == status
        assert ("F11.2" in told.text) is (status == 200)


def editable(form: ClaimForm) -> Claim:
    base = canary("000300000099")
    if form is ClaimForm.DENTAL:
        return pages_claims._claim("dental", "000300000098", world.today())
    if form is ClaimForm.INSTITUTIONAL:
        line = replace(base.lines[0], revenue_code="0551", pointers=(), units=Decimal(0))
        bill = Institutional(
            type_of_bill="0329", statement_from=date(2026, 10, 2), statement_to=date(2026, 10, 31)
        )
        return replace(base, form=form, lines=(line,), institutional=bill)
    return base


# What a form could carry beside its fields, if somebody typed the request by hand.
FOREIGN = {
    "claim_number": "STOLEN", "charge_cents": "1", "frequency": "8", "payer_id": "EVIL",
    "patient_id": "x", "stage": "paid", "owes": "nobody", "fee_source": "captured",
    "subscriber.member_id": "EVIL", "expected_cents1": "1", "control_number1": "EVIL",
    "records": "x", "role": "admin",
}  # fmt: skip
TYPED = {
    "auth_number": "A-1", "member_id": "NEW12345", "patient_last": "New", "patient_first": "Ann",
    "birth_date": "1950-01-01", "sex": "M", "patient_line1": "9 New St", "patient_city": "Newtown",
    "patient_state": "NJ", "patient_postal_code": "08001", "patient_line2": "Flat 2",
    "minutes1": "33", "tooth1": "15", "surfaces1": "B", "dx1": "R07.9", "place_of_service": "22",
    "type_of_bill": "0322", "charge1": "77.00", "units1": "3",
}  # fmt: skip
EDITORS = sorted(RIGHTS[Right.EDIT_CLAIM])


@pytest.mark.attack("S-07")
@pytest.mark.parametrize(("role", "form"), list(itertools.product(EDITORS, ClaimForm)))
def test_a_form_changes_what_it_offers_and_nothing_else(role: Role, form: ClaimForm) -> None:
    """Every field is sent; those the form of this role does not have leave no trace."""
    claim, sight = editable(form), SIGHT[role]
    sent = fields_of(claim, EVERYTHING)
    fields = {f"dx{place}": code for place, code in enumerate(sent.diagnoses, 1)} | sent.values
    for line in sent.lines:
        fields |= {f"{name}{line.line_no}": value for name, value in line.values.items()}
    fields |= TYPED | FOREIGN
    after = claim_form.edited(Form(FormMultiDict(list(fields.items()))), claim, {}, sight)
    offered = {one.name for one in claim_fields_of(form, sight)}
    for one in claim_fields_of(form):
        wanted = one.name in offered and TYPED.get(one.name, "") not in ("", one.show(claim))
        assert (one.show(after) != one.show(claim)) is wanted, one.name
    columns = {one.name for one in line_fields_of(form, sight)}
    for one in line_fields_of(form):
        wanted = one.name in columns and f"{one.name}1" in TYPED
        assert (one.show(after.lines[0]) != one.show(claim.lines[0])) is wanted, one.name
    may_code = sight[FieldClass.CLINICAL] is Shown.WHOLE
    assert (after.diagnoses != claim.diagnoses) is may_code
    unlisted = {"claim_number", "frequency", "payer", "records", "notes", "references", "billing"}
    assert all(getattr(after, name) == getattr(claim, name) for name in unlisted)
    if sight[FieldClass.DEMOGRAPHICS] is not Shown.WHOLE:
        assert after.patient == claim.patient
        assert after.subscriber == claim.subscriber


@pytest.mark.attack("S-07")
@pytest.mark.parametrize("name", ["coder", "admin"])
def test_a_request_typed_by_hand_changes_no_field_that_is_not_offered(
    visit: Visit, name: str
) -> None:
    claim_id = world.some_id(PLAIN)
    address = f"/practices/{HOME.slug}/claims/{claim_id}"
    before = stored(claim_id)
    form = sent_by(visit("lead").get(f"{address}/edit").text)
    wanted = {"patient_last": "Stolen", "member_id": "STOLEN123", "dx1": before.claim.diagnoses[0]}
    told = visit(name).post(
        f"{address}/edit",
        form | wanted | FOREIGN | {"version": str(before.version), "step": "save"},
    )
    assert told.status_code == 303
    after = stored(claim_id)
    assert after.claim.patient == before.claim.patient
    assert after.claim.subscriber == before.claim.subscriber
    assert after.claim.claim_number == before.claim.claim_number
    assert (after.payer_ref, after.patient_id) == (before.payer_ref, before.patient_id)


def stored(claim_id: UUID) -> ClaimRecord:
    with world.runtime().unit_of_work(HOME.tenant_id) as uow:
        found = uow.claims.get(claim_id)
    assert isinstance(found, ClaimRecord)
    return found


@pytest.mark.attack("S-07")
def test_whoever_sees_nothing_clinical_of_a_part_two_record_does_not_edit_it(visit: Visit) -> None:
    address = f"/practices/{HOME.slug}/claims/{world.some_id(PART_TWO)}"
    assert f"{address}/edit" not in visit("admin").get(address).text
    assert visit("admin").get(f"{address}/edit").status_code == 403
    assert visit("admin").post(f"{address}/edit", {"version": "1"}).status_code == 403


@pytest.mark.control("R25")
def test_psychotherapy_notes_are_for_their_provider_and_for_no_emergency() -> None:
    kind = FieldClass.PSYCHOTHERAPY
    for role in Role:
        expected = Shown.WHOLE if role is Role.PROVIDER else Shown.HIDDEN
        assert SIGHT[role][kind] is expected
        assert widened(SIGHT[role], tuple(FieldClass))[kind] is expected
        assert in_emergency(SIGHT[role], part_two=True)[kind] is expected


def test_what_is_seen_whole_is_the_claim_itself_and_hidden_leaves_no_canary() -> None:
    for part_two in (False, True):
        record = replace(stored(world.some_id(PLAIN)), claim=canary("0003", part_two=part_two))
        assert seen_claim(record, EVERYTHING) == record.claim
        for hidden in (Shown.HIDDEN, Shown.MASKED):
            shown = msgspec.json.encode(seen_claim(record, dict.fromkeys(FieldClass, hidden)))
            for text_ in (
                b"Zephyrquill", b"Wilhelmine", b"1948-11-23", b"41 Canary", b"19019", b"Farhaven",
                b"WQX5501234987", b"GRP443311", b"AUTH-778812", b"CHART-990017", b"Z597", b"F438",
                b"F112", b"canary note", b"part2",
            ):  # fmt: skip
                assert text_ not in shown, (hidden, text_)


STAY_ON_A_CLAIM = {
    "form", "place_of_service", "clia", "admission_date", "discharge_date", "referring", "ordering",
    "supervising", "attending", "operating", "service_facility", "pay_to", "signature_on_file",
    "accept_assignment", "benefits_assigned", "release_of_information", "patient_signature_source",
    "delay_reason", "dates", "claim_number", "frequency", "payer_claim_number", "sequence", "payer",
    "billing", "rendering", "patient_paid_cents", "clia_kind", "stated_charge_cents",
    "total_lines", "total_line_is_last",
}  # fmt: skip
GUARDED_ON_A_CLAIM = {
    "diagnoses", "present_on_admission", "accident", "auth_number", "referral_number",
    "condition_codes", "onset_date", "institutional", "dental", "special_program", "notes",
    "attachments", "references", "records", "subscriber", "patient", "lines", "other_payers",
}  # fmt: skip
STAY_ON_A_LINE = {
    "line_no", "code", "code_qualifier", "modifiers", "units", "unit_basis", "service_from",
    "service_to", "place_of_service", "pointers", "revenue_code", "noncovered_cents", "emergency",
    "rendering", "adjudications", "dates", "charge_cents", "control_number", "charge_id",
    "expected_cents", "fee_source", "rate_cents",
}  # fmt: skip
GUARDED_ON_A_LINE = {
    "description", "minutes", "start", "end", "teeth", "oral_cavity", "prosthesis",
    "prosthesis_prior_on", "drug", "auth_number", "references", "notes", "records",
}  # fmt: skip


def test_somebody_has_said_of_every_field_whether_it_is_guarded() -> None:
    """A field that is added to the claim is decided upon here, not shown because it is new."""
    assert set(Claim.__struct_fields__) == STAY_ON_A_CLAIM | GUARDED_ON_A_CLAIM
    assert set(ServiceLine.__struct_fields__) == STAY_ON_A_LINE | GUARDED_ON_A_LINE


def test_the_page_names_every_route_once() -> None:
    page = access_page()
    for route in routes():
        assert page.count(f"| `{route.method} {route.path}` |") == 1
