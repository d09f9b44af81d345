"""Edits on providers, member ids, addresses and indicators (professional-scrub.md s.1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.claims.claim import ServiceLine
from core.claims.parties import Entity, PayerKind, Provider
from core.ids import npi_is_valid, taxonomy_is_shaped
from core.rules.case import Case
from core.scrub.finding import Flag, Severity
from core.scrub.shapes import NPI_ROLES, is_po_box, mbi_is_shaped, zip_has_nine

Lines = Sequence[ServiceLine]

_PLACEHOLDER_TAX_IDS = {"000000000", "999999999", "123456789"}
_YES_NO_W = {"Y", "N", "W"}
_NEED_NO_FACILITY = {"10", "11", "12"}


def npi_check_digit(case: Case, lines: Lines) -> Iterator[Flag]:
    """Every NPI on the claim: ten digits, first 1 or 2, check digit right."""
    claim = case.claim
    wrong = [
        role.replace("_", " ")
        for role in NPI_ROLES
        if (provider := getattr(claim, role)) and not _npi_stands(provider, role)
    ]
    if any(line.rendering and not npi_is_valid(line.rendering.npi) for line in lines):
        wrong.append("line rendering")
    if wrong:
        yield Flag(
            message=f"The NPI of the {', '.join(wrong)} provider is missing or its check digit is "
            "wrong",
            suggestion="Look the NPI up in the registry",
        )


def _npi_stands(provider: Provider, role: str) -> bool:
    # The guide lets a service facility stand without an NPI; a wrong one is wrong everywhere.
    return npi_is_valid(provider.npi) or (role == "service_facility" and not provider.npi)


def tax_id(case: Case, lines: Lines) -> Iterator[Flag]:
    """The billing provider's tax id has nine digits; a placeholder is only worth a look."""
    digits = case.claim.billing.tax_id.replace("-", "")
    if len(digits) != 9 or not digits.isdecimal():
        yield Flag(message="The billing provider's tax id must have nine digits")
    elif digits in _PLACEHOLDER_TAX_IDS:
        yield Flag(
            message="The billing provider's tax id looks like a placeholder",
            severity=Severity.WARN,
        )


def member_id(case: Case, lines: Lines) -> Iterator[Flag]:
    """A member id is there, and for Medicare it has the form of an MBI."""
    number = case.claim.subscriber.member_id
    if not number:
        yield Flag(message="The member id is missing", suggestion="Take it from the card")
    elif case.claim.payer.kind is PayerKind.MEDICARE and not mbi_is_shaped(number):
        yield Flag(
            message="The member id does not have the form of a Medicare beneficiary identifier",
            carc="16",
        )


def taxonomy(case: Case, lines: Lines) -> Iterator[Flag]:
    """The billing taxonomy is there when the payer wants it."""
    if not case.claim.billing.taxonomy and case.policy.flag("requires_taxonomy"):
        yield Flag(message="This payer wants the billing provider's taxonomy code")


def taxonomy_shape(case: Case, lines: Lines) -> Iterator[Flag]:
    """A taxonomy that is given has the form of one."""
    claim = case.claim
    given = [one.taxonomy for one in (claim.billing, claim.rendering) if one and one.taxonomy]
    if not all(taxonomy_is_shaped(code) for code in given):
        yield Flag(message="A taxonomy code has ten characters and ends in X")


def billing_address(case: Case, lines: Lines) -> Iterator[Flag]:
    """The billing address is a street, not a box."""
    address = case.claim.billing.address
    if address and (is_po_box(address.line1) or is_po_box(address.line2)):
        yield Flag(
            message="The billing provider's address may not be a post office box",
            suggestion="Give the street; a box belongs in the pay-to address",
        )


def billing_zip(case: Case, lines: Lines) -> Iterator[Flag]:
    """Nine digits in the ZIP of the billing provider and of a service facility in the US."""
    facility = case.claim.service_facility
    if not _zip_complete(case.claim.billing) or (facility and not _zip_complete(facility)):
        yield Flag(message="The ZIP code of billing provider and facility needs nine digits")


def _zip_complete(provider: Provider) -> bool:
    address = provider.address
    if address is None:
        return False
    return address.country not in {"", "US"} or zip_has_nine(address.postal_code)


def indicators(case: Case, lines: Lines) -> Iterator[Flag]:
    """Signature, assignment, benefits and release indicators are filled in."""
    claim = case.claim
    if not (
        claim.signature_on_file
        and claim.accept_assignment in {"A", "B", "C"}
        and claim.benefits_assigned in _YES_NO_W
        and claim.release_of_information in {"Y", "I"}
    ):
        yield Flag(
            message="Signature, assignment, benefits or release of information is not stated"
        )


def rendering_repeats_billing(case: Case, lines: Lines) -> Iterator[Flag]:
    """The rendering provider is sent only when it is not the billing provider."""
    rendering = case.claim.rendering
    if rendering and rendering.npi and rendering.npi == case.claim.billing.npi:
        yield Flag(message="Rendering and billing provider have the same NPI; send it once")


def rendering_missing(case: Case, lines: Lines) -> Iterator[Flag]:
    """An organisation bills: the person who rendered the service must be named."""
    claim = case.claim
    if claim.billing.entity is Entity.ORGANIZATION and claim.rendering is None:
        if lines and all(line.rendering for line in lines):
            return
        yield Flag(
            message="An organisation bills and the rendering provider is missing",
            suggestion="Name the person who rendered the service",
        )


def subscriber_and_patient(case: Case, lines: Lines) -> Iterator[Flag]:
    """Self: patient and subscriber are one person. Else: the patient is described."""
    claim = case.claim
    patient, holder = claim.patient, claim.subscriber.person
    if claim.subscriber.is_patient:
        same_name = patient.name == holder.name or (
            patient.name.last.casefold(),
            patient.name.first.casefold(),
        ) == (holder.name.last.casefold(), holder.name.first.casefold())
        if not same_name or patient.birth_date != holder.birth_date:
            yield Flag(
                message="The relationship says the patient holds the policy, but another person "
                "is given as subscriber"
            )
    # Whoever names nobody, as a scrub document does, says nothing of names.
    elif (
        patient.birth_date is None
        or patient.sex is None
        or (holder.name.last and not (patient.name.last and patient.name.first))
    ):
        yield Flag(message="The patient is not the subscriber and is not fully described")


def service_facility_missing(case: Case, lines: Lines) -> Iterator[Flag]:
    """Away from office and home, where the service took place is named."""
    if case.claim.service_facility is not None:
        return
    places = {case.place_of(line) for line in lines}
    if places - _NEED_NO_FACILITY - {""}:
        yield Flag(
            message="The place of service is neither office nor home, and no service facility is "
            "named; it is needed where its address is not the billing provider's",
        )
