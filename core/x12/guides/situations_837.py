"""What the three 837 guides demand only in certain situations.

The notation is that of ``core.x12.situation_notation``.
"""

from __future__ import annotations

from collections.abc import Callable

from core.x12 import situation_judges as judges
from core.x12.report import Severity
from core.x12.situation_judges import below_zero, pointers_astray, pointers_twice
from core.x12.situation_notation import Judge, Situation, View

_FUTURE = "this day is after the day the file was made"
_ABSENT_DIAGNOSIS = "this pointer points to a diagnosis that the claim does not have"
_TWICE = "this pointer points to a diagnosis that the line names already"
_BELOW_ZERO = "a charge is never below zero; a claim is taken back with frequency 8"
_SHORT_ZIP = "the postal code of this address needs all nine digits"
_BORN_LATE = "the patient was born after this service"


def _row(
    code: str,
    loop: str,
    at: str,
    message: str,
    *,
    when: str = "",
    need: str = "",
    judge: Judge | None = None,
    only: Callable[[str], bool] | None = None,
    only_after: tuple[int, int | None] | None = None,
    first: Callable[[View], bool] | None = None,
    severity: Severity = "error",
) -> Situation:
    return Situation(
        code=code,
        loop=loop,
        at=at,
        when=when,
        need=need,
        judge=judge,
        only=only,
        only_after=only_after,
        first=first,
        message=message,
        severity=severity,
    )


def _future(loop: str, kinds: str) -> Situation:
    return _row(
        "date-future",
        loop,
        f"DTP*{kinds}.03",
        _FUTURE,
        judge=judges.begins_in_future,
        only_after=(0, 8),
    )


def _born_late(loop: str) -> Situation:
    return _row(
        "birth-after-service",
        loop,
        "patient/DMG02",
        _BORN_LATE,
        judge=judges.born_after_service,
        first=judges.serves_before_birth,
    )


def _line(segment: str, *, pointers: int, units: int) -> tuple[Situation, ...]:
    """What is asked of a service whose lines point at diagnoses; where its elements stand."""
    return (
        _row(
            "diagnosis-pointer",
            "2400",
            f"{segment}{pointers:02d}",
            _ABSENT_DIAGNOSIS,
            judge=pointers_astray(pointers),
        ),
        _row(
            "diagnosis-pointer-twice",
            "2400",
            f"{segment}{pointers:02d}",
            _TWICE,
            judge=pointers_twice(pointers),
            only=judges.may_repeat,
            severity="warning",
        ),
        _row("charge-negative", "2400", f"{segment}02", _BELOW_ZERO, only=below_zero),
        _row(
            "units-none",
            "2400",
            f"{segment}{units:02d}",
            "a service has at least some units",
            only=judges.not_above_zero,
        ),
    )


# Addresses and names of any party.
PARTIES = (
    _row(
        "organization-first-name",
        "*",
        "NM104",
        "an organization has no first name; either it is a person (1) or the name goes into one",
        when="NM102=2",
        need="!NM104",
    ),
    _row(
        "state-missing",
        "*",
        "N402",
        "an address in the United States or Canada needs its state or province",
        when="!N404 or N404=US|CA",
        need="N402 or N407",
    ),
    _row(
        "postal-code-missing",
        "*",
        "N403",
        "an address in the United States or Canada needs its postal code",
        when="!N404 or N404=US|CA",
        need="N403",
    ),
)

_LEVELS = (
    _row(
        "made-after-group",
        "",
        "BHT04",
        "the transaction cannot be made after the group it lies in (GS04)",
        judge=judges.made_after_group,
    ),
    _row(
        "children-missing",
        "2000B",
        "HL04",
        "the level says that a patient level follows, and none does",
        when="HL04=1",
        need="2000C",
    ),
    _row(
        "children-denied",
        "2000B",
        "HL04",
        "the level says that nothing follows below it, and a patient level does",
        when="2000C",
        need="HL04=1",
    ),
    _row(
        "patient-unknown",
        "2000B",
        "SBR02",
        "say 18 (the subscriber is the patient), or give the patient a level of his own",
        when="!SBR02=18",
        need="2000C !2300",
    ),
    _row(
        "patient-twice",
        "2000B",
        "SBR02",
        "18 says that the subscriber is the patient, but the claims are those of another patient",
        when="SBR02=18 2000C",
        need="2300",
    ),
    _row(
        "member-number-missing",
        "2010BA",
        "NM109",
        "a subscriber who is a person needs the number the payer knows him by",
        when="NM102=1",
        need="NM109 or NM108",
    ),
    _row(
        "subscriber-facts",
        "2010BA",
        "NM1",
        "where the subscriber is the patient his street, city, birth date and sex are needed",
        when="NM102=1 2000B/SBR02=18",
        need="N3 N4 DMG",
    ),
    _row(
        "patient-is-subscriber",
        "2000C",
        "PAT01",
        "a patient who is the subscriber himself has no level of his own",
        when="PAT01=18",
        need="!PAT01",
    ),
    _row(
        "birth-future",
        "2010BA|2010CA",
        "DMG02",
        "the birth date is after the day the file was made",
        judge=judges.day_in_future(2),
        only_after=(0, 8),
    ),
    _row(
        "other-payer-missing",
        "2300",
        "2000B/SBR01",
        "this payer comes second or later, but no claim names the payer before it (loop 2320)",
        when="2000B/SBR01=S|T",
        need="2320",
    ),
    _row(
        "sequence-repeated",
        "2300",
        "2320/SBR01",
        "another payer of this claim has this place in the order already",
        judge=judges.sequence_taken,
    ),
    _row(
        "post-office-box",
        "2010AA",
        "N3",
        "the billing provider's address is a street; a box goes into the pay-to address",
        judge=judges.post_office_box,
        severity="warning",
    ),
)

_CLAIM = (
    _row(
        "claim-number-missing",
        "2300",
        "CLM05-3",
        "a replacement or void needs the payer's number of the first claim (REF*F8)",
        when="CLM05-3=7|8",
        need="REF*F8",
    ),
    _row("charge-negative", "2300", "CLM02", _BELOW_ZERO, only=below_zero),
    _row(
        "attachment-number",
        "2300|2400",
        "PWK06",
        "a report that is sent apart from the claim needs a number to find it by",
        when="PWK02=BM|EL|EM|FT|FX",
        need="PWK06",
    ),
    _row(
        "date-reversed",
        "*",
        "DTP",
        "this period ends before it begins",
        when="DTP02=RD8",
        judge=judges.period_reversed,
    ),
    _row(
        "decision-day-missing",
        "2300",
        "2320/AMT*D.02",
        "the earlier payer's decision needs its day (DTP*573), at the payer or at the lines",
        judge=judges.decided_without_day,
    ),
    _row(
        "paid-amount-missing",
        "2300",
        "2320/SBR",
        "a payer who decided on lines needs what he paid on the claim (AMT*D), even when nothing",
        judge=judges.decided_without_amount,
    ),
    _row(
        "paid-amount-missing",
        "2320",
        "CAS01",
        "a payer who adjusted the claim needs what he paid on it (AMT*D), even when nothing",
        need="AMT*D",
        severity="warning",
    ),
    _row(
        "patient-paid",
        "2300",
        "AMT*F5.02",
        "the patient paid more than the whole charge",
        judge=judges.patient_paid_more_than_charged,
        severity="warning",
    ),
    _future("2330B|2430", "573"),
)

_CAUSES = "CLM11-1={0} or CLM11-2={0} or CLM11-3={0}"
# Professional and dental claims.
_ACCIDENT = (
    _row(
        "accident-date",
        "2300",
        "CLM11",
        "an accident needs its day (DTP*439)",
        when=_CAUSES.format("AA|OA"),
        need="DTP*439",
    ),
    _row(
        "accident-state",
        "2300",
        "CLM11-4",
        "an automobile accident needs the state where it happened, or the country",
        when=_CAUSES.format("AA"),
        need="CLM11-4 or CLM11-5",
    ),
    _row(
        "insurance-kind",
        "2000B",
        "SBR05",
        "Medicare after another payer needs the reason why it is not first",
        when="SBR01=S|T SBR09=MA|MB",
        need="SBR05",
    ),
)

SITUATIONS_837P = (
    *PARTIES,
    *_LEVELS,
    *_CLAIM,
    *_ACCIDENT,
    _row(
        "billing-zip",
        "2010AA|2310C|2420C",
        "N403",
        _SHORT_ZIP,
        when="!N404 or N404=US",
        only=judges.is_short_zip,
        severity="warning",
    ),
    _row(
        "admission-missing",
        "2300",
        "CLM05-1",
        "a claim for services to an inpatient needs the admission day (DTP*435)",
        when="CLM05-1=21|51",
        need="DTP*435",
    ),
    _future("2300", "431|454|304|453|439|484|455|471|297|435|096|444"),
    _row(
        "discharge-before-admission",
        "2300",
        "DTP*096.03",
        "the discharge is before the admission",
        judge=judges.discharged_before_admission,
    ),
    _row(
        "date-future",
        "2000B|2000C",
        "PAT06",
        _FUTURE,
        when="PAT05=D8",
        judge=judges.day_in_future(6),
        only_after=(0, 8),
    ),
    _born_late("2400"),
    *_line("SV1", pointers=7, units=4),
    _row(
        "anesthesia-minutes",
        "2400",
        "SV101",
        "anesthesia is billed in minutes (MJ)",
        only=judges.may_be_anesthesia,
        judge=judges.not_anesthesia_minutes,
        severity="warning",
    ),
    _row(
        "ambulance-facts",
        "2300",
        "CLM05-1",
        "an ambulance claim needs the facts of the trip (CR1) and where it began (2310E)",
        when="CLM05-1=41|42",
        need="CR1 2310E",
        severity="warning",
    ),
    _future("2400", "472|471|304|738|739|455|454"),
    _row(
        "service-end-future",
        "2400",
        "DTP*472.03",
        "this service ends after the day the file was made",
        when="DTP02=RD8",
        judge=judges.ends_in_future,
        only_after=(-8, None),
        severity="warning",
    ),
)

_INPATIENT = "11|18|21|41"
_OUTPATIENT = "13|14|22|23|24|34|71|72|73|74|75|76|77|83|85"

SITUATIONS_837I = (
    *PARTIES,
    *_LEVELS,
    *_CLAIM,
    _row(
        "billing-zip",
        "2010AA",
        "N403",
        _SHORT_ZIP,
        when="!N404 or N404=US",
        only=judges.is_short_zip,
    ),
    _row(
        "billing-zip",
        "2310E",
        "N403",
        _SHORT_ZIP,
        when="!N404 or N404=US",
        only=judges.is_short_zip,
        severity="warning",
    ),
    _row(
        "admission-missing",
        "2300",
        "CLM05-1",
        "an inpatient claim needs the admission day (DTP*435)",
        when=f"CLM05-1={_INPATIENT}",
        need="DTP*435",
    ),
    _row(
        "admission-type",
        "2300",
        "CL101",
        "an inpatient claim needs the type of admission",
        when=f"CLM05-1={_INPATIENT}",
        need="CL101",
        severity="warning",
    ),
    _row(
        "admitting-diagnosis",
        "2300",
        "CLM05-1",
        "an inpatient claim needs the diagnosis at admission (HI*BJ or ABJ)",
        when=f"CLM05-1={_INPATIENT}",
        need="HI*BJ|ABJ",
        severity="warning",
    ),
    _row(
        "discharge-hour",
        "2300",
        "DTP*096.03",
        "an outpatient claim has no discharge hour",
        when=f"CLM05-1={_OUTPATIENT}",
        need="!DTP*096",
        severity="warning",
    ),
    _row(
        "still-a-patient",
        "2300",
        "CL103",
        "a claim for the whole stay or its end does not say that the patient is still there",
        when=f"CLM05-1={_INPATIENT} CLM05-3=1|4",
        need="!CL103=30",
        severity="warning",
    ),
    _future("2300", "434|435"),
    _row(
        "date-future",
        "2300",
        "DTP*434.03",
        "the statement period ends after the day the file was made",
        judge=judges.ends_in_future,
        only_after=(-8, None),
    ),
    _row(
        "admission-after-statement",
        "2300",
        "DTP*435.03",
        "the admission is after the end of the statement period",
        judge=judges.admitted_after_statement,
    ),
    _born_late("2300"),
    _born_late("2400"),
    _row(
        "date-future",
        "2300",
        "HI*BBR|BR|CAH|BBQ|BQ",
        _FUTURE,
        judge=judges.coded_day_in_future,
    ),
    _row(
        "occurrence-future",
        "2300",
        "HI*BH|BI",
        _FUTURE,
        judge=judges.coded_day_in_future,
        severity="warning",
    ),
    _row(
        "date-reversed",
        "2300",
        "HI*BI",
        "this period ends before it begins",
        judge=judges.coded_period_reversed,
    ),
    _row(
        "procedure-outside-statement",
        "2300",
        "HI*BBR|BR|CAH|BBQ|BQ",
        "this procedure was not done in the statement period",
        judge=judges.procedure_outside_statement,
        severity="warning",
    ),
    _row("charge-negative", "2400", "SV203", _BELOW_ZERO, only=below_zero),
    _row("units-negative", "2400", "SV205", "units are never below zero", only=below_zero),
    _row(
        "service-date-missing",
        "2400",
        "SV202",
        "an outpatient service needs its day",
        when=f"SV202 2300/CLM05-1={_OUTPATIENT}",
        need="DTP*472",
        severity="warning",
    ),
    _future("2400", "472"),
    _row(
        "service-outside-statement",
        "2400",
        "DTP*472.03",
        "this service was not given in the statement period",
        judge=judges.outside_statement,
        severity="warning",
    ),
)

SITUATIONS_837D = (
    *PARTIES,
    *_LEVELS,
    *_CLAIM,
    *_ACCIDENT,
    _row(
        "billing-zip",
        "2010AA|2310C|2420D",
        "N403",
        _SHORT_ZIP,
        when="!N404 or N404=US",
        only=judges.is_short_zip,
        severity="warning",
    ),
    _future("2300", "439|452|472"),
    _born_late("2300"),
    _born_late("2400"),
    *_line("SV3", pointers=11, units=6),
    _row(
        "service-date-missing",
        "2400",
        "SV3",
        "a service that was given needs its day, on the line or on the claim",
        when="!2300/CLM19=PB",
        need="DTP*472 or 2300/DTP*472",
    ),
    _row(
        "service-date-of-a-plan",
        "2300|2400",
        "DTP*472.03",
        "services that are only planned have no day",
        when="2300/CLM19=PB",
        need="!DTP*472",
        severity="warning",
    ),
    _row(
        "prior-placement",
        "2400",
        "SV305",
        "a replacement needs the day of the earlier placement (DTP*441 or 139)",
        when="SV305=R",
        need="DTP*441|139",
    ),
    _row(
        "orthodontics",
        "2400",
        "SV301-2",
        "orthodontic treatment needs its months (DN1)",
        when="!2300/DN1",
        judge=judges.orthodontic_procedure,
        severity="warning",
    ),
    _future("2400", "472|441|139|452|196|198"),
)
