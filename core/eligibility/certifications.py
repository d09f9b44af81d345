"""What some kinds of care are certified by: ambulance, chiropractic, oxygen, home health (278)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from core.claims.parties import Value


class Ambulance(Value, frozen=True, kw_only=True):
    """CR1. ``weight_unit`` is LB or KG; ``distance_unit`` DH (miles) or DK (kilometres)."""

    segment: int = 0
    weight_unit: str = ""
    weight: Decimal | None = None
    transport: str = ""
    reason: str = ""
    distance_unit: str = ""
    distance: Decimal | None = None
    origin: str = ""
    destination: str = ""
    round_trip_purpose: str = ""
    stretcher_purpose: str = ""


class SpinalCare(Value, frozen=True, kw_only=True):
    """CR2: treatment ``number`` of ``count``, the levels of the spine, and for how long."""

    segment: int = 0
    number: int | None = None
    count: Decimal | None = None
    level: str = ""
    last_level: str = ""
    period_unit: str = ""
    period: Decimal | None = None
    monthly_visits: Decimal | None = None
    condition: str = ""
    complication: bool | None = None
    description: str = ""
    further_description: str = ""
    x_rays: bool | None = None


class Oxygen(Value, frozen=True, kw_only=True):
    """CR5: equipment, flow in litres a minute, and the tests behind it."""

    segment: int = 0
    equipment: str = ""
    further_equipment: str = ""
    equipment_reason: str = ""
    flow_rate: Decimal | None = None
    daily_uses: Decimal | None = None
    hours_a_use: Decimal | None = None
    therapist_order: str = ""
    blood_gas: Decimal | None = None
    saturation: Decimal | None = None
    test_condition: str = ""
    finding: str = ""
    second_finding: str = ""
    third_finding: str = ""
    portable_flow_rate: Decimal | None = None
    delivery: str = ""
    portable_equipment: str = ""


class HomeHealth(Value, frozen=True, kw_only=True):
    """CR6: the plan of care: ``care_began``, the period certified, and what led to it.

    ``medicare`` and ``skilled_nursing`` are codes (Y, N, W, U), ``certification`` I initial, R
    renewal, S revised.
    """

    segment: int = 0
    prognosis: str = ""
    care_began: date | None = None
    certified: tuple[date, date] | None = None
    diagnosed_on: date | None = None
    skilled_nursing: str = ""
    medicare: str = ""
    certification: str = ""
    surgery_on: date | None = None
    surgery_code_list: str = ""
    surgery_code: str = ""
    ordered_on: date | None = None
    last_visit_on: date | None = None
    physician_contacted_on: date | None = None
    last_stay: tuple[date, date] | None = None
    discharged_from: str = ""
    second_diagnosed_on: date | None = None
    third_diagnosed_on: date | None = None
    fourth_diagnosed_on: date | None = None
    fifth_diagnosed_on: date | None = None


Certification = Ambulance | SpinalCare | Oxygen | HomeHealth
