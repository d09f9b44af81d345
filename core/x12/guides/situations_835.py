"""What the 835 guide demands only in certain situations. See ``situation_notation``."""

from __future__ import annotations

from core.x12 import situation_judges_answers as judges
from core.x12.guides.situations_837 import PARTIES
from core.x12.situation_judges import below_zero, day_in_future, positive
from core.x12.situation_notation import Judge, Situation

_FUTURE = "this day is after the day the file was made"


def _period(loop: str, begins: str, ends: str, is_reversed: Judge) -> tuple[Situation, ...]:
    """The days of a claim or service: not after the file was made, nor ending before they begin."""
    return (
        Situation(
            code="date-future",
            loop=loop,
            at=f"DTM*{begins}.02",
            judge=day_in_future(2),
            only_after=(0, 8),
            message=_FUTURE,
        ),
        Situation(
            code="service-end-future",
            loop=loop,
            at=f"DTM*{ends}.02",
            judge=day_in_future(2),
            only_after=(0, 8),
            message=_FUTURE,
            severity="warning",
        ),
        Situation(
            code="date-reversed",
            loop=loop,
            at=f"DTM*{ends}.02",
            judge=is_reversed,
            message="the period ends before it begins",
        ),
    )


_PAYMENT = (
    Situation(
        code="payment-not-moved",
        loop="",
        at="BPR02",
        when="BPR04=NON or BPR01=H",
        judge=positive(2),
        message="an amount is paid, but the method says that no money moves",
    ),
    Situation(
        code="payment-of-nothing",
        loop="",
        at="BPR04",
        when="BPR04=ACH|BOP|FWT",
        judge=judges.nothing_paid,
        message="nothing is paid, so the method is NON",
    ),
    Situation(
        code="payment-of-nothing",
        loop="",
        at="BPR04",
        when="BPR04=CHK",
        judge=judges.nothing_paid,
        message="a check over nothing; the method should be NON",
        severity="warning",
    ),
    Situation(
        code="payment-negative",
        loop="",
        at="BPR02",
        only=below_zero,
        message="a payment is never below zero; what is owed goes into PLB with FB",
    ),
    Situation(
        code="bank-data-missing",
        loop="",
        at="BPR",
        when="BPR04=ACH|BOP|FWT",
        judge=judges.bank_data_missing,
        message="an electronic payment needs the banks and accounts of payer and payee",
    ),
    Situation(
        code="payment-format-missing",
        loop="",
        at="BPR05",
        when="BPR04=ACH",
        need="BPR05",
        message="a payment by ACH needs its format (CCP or CTX)",
    ),
    Situation(
        code="bank-data-unused",
        loop="",
        at="BPR04",
        when="BPR04=CHK",
        need="!BPR07 !BPR13",
        message="this method needs no banks and accounts",
        severity="warning",
    ),
    Situation(
        code="payment-date-future",
        loop="",
        at="BPR16",
        judge=judges.paid_too_late,
        message="the payment is dated far after the day the file was made",
    ),
    Situation(
        code="originator-differs",
        loop="",
        at="TRN03",
        judge=judges.originator_differs,
        message="the payer's number is not the one of the payment (BPR10)",
    ),
    Situation(
        code="originator-number",
        loop="",
        at="TRN03",
        judge=judges.originator_not_a_tax_number,
        message="the payer's number is 1 and the nine digits of its tax number",
        severity="warning",
    ),
    Situation(
        code="date-future",
        loop="",
        at="DTM*405.02",
        judge=day_in_future(2),
        only_after=(0, 8),
        message=_FUTURE,
    ),
    Situation(
        code="adjustment-zero",
        loop="",
        at="PLB",
        judge=judges.provider_adjustment_zero,
        message="an adjustment of nothing is left out",
        severity="warning",
    ),
)

_CLAIM = (
    Situation(
        code="reversal-positive",
        loop="2100",
        at="CLP02",
        when="CLP02=22",
        judge=positive(3, 4),
        message="a reversal takes back charge and payment, so neither is above zero",
    ),
    Situation(
        code="charge-negative",
        loop="2100",
        at="CLP03",
        when="!CLP02=22",
        only=below_zero,
        message="only a reversal (22) has a charge below zero",
        severity="warning",
    ),
    Situation(
        code="denied-but-paid",
        loop="2100",
        at="CLP04",
        when="CLP02=4",
        judge=positive(4),
        message="the claim is denied, but something is paid",
    ),
    Situation(
        code="not-payable-but-paid",
        loop="2100",
        at="CLP04",
        when="CLP02=23|25",
        judge=positive(4),
        message="claims of this status are not paid, but something is",
    ),
    Situation(
        code="crossover-missing",
        loop="2100",
        at="CLP02",
        when="CLP02=19|20|21|23",
        need="NM1*TT",
        message="a claim that was forwarded needs the payer it went to (NM1*TT)",
    ),
    Situation(
        code="crossover-unexpected",
        loop="2100",
        at="NM1*TT",
        need="CLP02=19|20|21|22|23",
        message="a payer the claim went to is named, but the status does not say so",
        severity="warning",
    ),
    Situation(
        code="service-date-missing",
        loop="2100",
        at="CLP",
        need="2110 or DTM*232",
        message="a claim without service lines needs its service date (DTM*232)",
    ),
    *_period("2100", "232|050", "233", judges.claim_period_reversed),
)

_SERVICE = (
    Situation(
        code="service-date-missing",
        loop="2110",
        at="SVC",
        need="DTM*472|150 or 2100/DTM*232",
        message="a service needs its date, on the line or on the claim",
    ),
    *_period("2110", "472|150", "151", judges.service_period_reversed),
    Situation(
        code="units-negative",
        loop="2110",
        at="SVC05",
        when="!2100/CLP02=22",
        only=below_zero,
        message="only a reversal (22) has units below zero",
        severity="warning",
    ),
    Situation(
        code="reason-repeated",
        loop="2100|2110",
        at="CAS05",
        only=bool,
        judge=judges.reason_twice,
        message="this reason stands in the segment already",
        severity="warning",
    ),
    Situation(
        code="adjustment-zero",
        loop="2100|2110",
        at="CAS",
        judge=judges.adjustment_zero,
        message="an adjustment of nothing is left out",
        severity="warning",
    ),
    *(
        Situation(
            code="remark-missing",
            loop="2100|2110",
            at=at,
            only=only,
            judge=judges.reason_without_remark,
            message="this reason needs a remark code beside it (LQ, MIA or MOA)",
        )
        for at, only in (("CAS02", judges.may_ask_for_a_remark), ("CAS05", bool))
    ),
)

SITUATIONS_835 = (*PARTIES, *_PAYMENT, *_CLAIM, *_SERVICE)
