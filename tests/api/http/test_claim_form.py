"""Reading the edit form: what is taken, what is refused, and what differs afterwards."""

from __future__ import annotations

from decimal import Decimal

import pytest
from litestar.datastructures import FormMultiDict

from api.http import claim_form
from api.http.claim_form import FieldsError
from api.http.forms import Form
from core.claims.claim import Claim, Tooth
from core.errors import InputError
from tests.api.http import pages_claims, pages_world
from tests.api.http.edit_form import as_sent

CLAIM = pages_claims._claim("held", "000100000001", pages_world.today())
DENTAL = pages_claims._claim("dental", "000200000005", pages_world.today())
PROVIDERS = {pages_claims.OTHER_RENDERING.npi: pages_claims.OTHER_RENDERING}


@pytest.mark.parametrize("claim", [CLAIM, DENTAL], ids=["professional", "dental"])
def test_a_form_sent_back_as_it_was_changes_nothing(claim: Claim) -> None:
    assert claim_form.edited(as_sent(claim), claim, {}) == claim
    assert claim_form.differences(claim, claim) == ()


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"dx1": "f40.10"}, [(None, "Diagnoses", "F41.1 F33.0", "F40.10 F33.0")]),
        ({"dx2": "", "pointers1": "1"}, [(None, "Diagnoses", "F41.1 F33.0", "F41.1"),
                                         (1, "Diagnosis pointers", "1 2", "1")]),
        ({"member_id": "NEW-1"}, [(None, "Member ID", pages_claims.MEMBER_ID, "NEW-1")]),
        ({"modifiers1": "gt, 59"}, [(1, "Modifiers", "95", "GT 59")]),
        ({"units2": "1.5"}, [(2, "Units", "2", "1.5")]),
        ({"charge1": "$1,200"}, [(None, "Total charge", "$227.50", "$1,242.50"),
                                 (1, "Charge", "185.00", "1200.00")]),
        ({"place_of_service1": "10"}, [(1, "Place of service", "", "10")]),
        ({"rendering_npi2": "1245319599"}, [(2, "Rendering NPI", "", "1245319599")]),
        ({"code2": "g0444"}, [(2, "Code", "96127", "G0444")]),
    ],
)  # fmt: skip
def test_what_is_typed_is_read_and_shown_as_a_difference(changes, shown) -> None:
    after = claim_form.edited(as_sent(CLAIM, **changes), CLAIM, PROVIDERS)
    found = claim_form.differences(CLAIM, after)
    assert [(one.line_no, one.label, one.before, one.after) for one in found] == shown


def test_units_and_providers_become_values() -> None:
    form = as_sent(CLAIM, units2="1.5", rendering_npi2="1245319599")
    line = claim_form.edited(form, CLAIM, PROVIDERS).lines[1]
    assert line.units == Decimal("1.5")
    assert line.rendering == pages_claims.OTHER_RENDERING


def test_teeth_keep_their_surfaces_and_a_tooth_without_any_keeps_its_place() -> None:
    form = as_sent(DENTAL, tooth1="3 14", surfaces1="- mo")
    after = claim_form.edited(form, DENTAL, {})
    assert after.lines[0].teeth == (Tooth(number="3"), Tooth(number="14", surfaces="MO"))
    assert claim_form.edited(as_sent(after), after, {}) == after


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"dx1": "411"}, "dx1"),
        ({"dx1": "U999"}, "dx1"),
        ({"member_id": ""}, "member_id"),
        ({"member_id": "Ä1234"}, "member_id"),
        ({"code1": "90 837"}, "code1"),
        ({"modifiers1": "95 95"}, "modifiers1"),
        ({"modifiers1": "1 2 3 4 5"}, "modifiers1"),
        ({"units1": "0"}, "units1"),
        ({"units1": "NaN"}, "units1"),
        ({"units1": "1e99"}, "units1"),
        ({"charge1": "-1"}, "charge1"),
        ({"charge1": "free"}, "charge1"),
        ({"charge1": "1.005"}, "charge1"),
        ({"place_of_service1": "1"}, "place_of_service1"),
        ({"pointers1": "3"}, "pointers1"),
        ({"pointers1": "A"}, "pointers1"),
        ({"pointers1": "1 1 2 2 1"}, "pointers1"),
        ({"rendering_npi1": "1245319590"}, "rendering_npi1"),
        ({"rendering_npi1": "1679576722"}, "rendering_npi1"),
    ],
)
def test_what_cannot_be_is_named_by_its_field(changes: dict[str, str], field: str) -> None:
    with pytest.raises(FieldsError) as refused:
        claim_form.edited(as_sent(CLAIM, **changes), CLAIM, PROVIDERS)
    assert set(refused.value.by_field) == {field}
    assert changes[field] == "" or changes[field] not in refused.value.by_field[field]


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"tooth1": "33"}, "tooth1"), ({"surfaces1": "XY"}, "surfaces1"),
     ({"tooth1": "", "surfaces1": "M"}, "surfaces1")],
)  # fmt: skip
def test_a_tooth_that_is_none_is_refused(changes: dict[str, str], field: str) -> None:
    with pytest.raises(FieldsError) as refused:
        claim_form.edited(as_sent(DENTAL, **changes), DENTAL, {})
    assert set(refused.value.by_field) == {field}


@pytest.mark.parametrize("value", ["x" * 2_001, "a\x00b", "a\x1bb"])
def test_what_nobody_types_is_refused_whole(value: str) -> None:
    with pytest.raises(InputError):
        Form(FormMultiDict([("name", value)]))
