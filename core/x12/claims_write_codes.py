"""Writing HI: diagnoses and the institutional codes, in the order of the guides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from core.claims.claim import Claim, Institutional
from core.x12.elements import write_day, write_span
from core.x12.icd_edition import is_icd10
from core.x12.syntax import Delimiters, amount, composite

_CODES_PER_SEGMENT = 12
_PRESENT = ("", "", "", "", "", "")


def codes(claim: Claim, delimiters: Delimiters) -> Iterator[list[str]]:
    """The HI segments of a claim."""
    # ICD-10 qualifiers are the ICD-9 ones with a letter in front.
    edition = ("A", "B") if is_icd10(claim) else ("", "")
    groups = _institutional(claim, edition) if claim.institutional else _plain(claim, edition[0])
    for group in groups:
        elements = [composite(parts, delimiters) for parts in group]
        for start in range(0, len(elements), _CODES_PER_SEGMENT):
            yield ["HI", *elements[start : start + _CODES_PER_SEGMENT]]


Group = Iterable[tuple[str, ...]]


def _plain(claim: Claim, diagnosis: str) -> Iterator[Group]:
    kinds = [f"{diagnosis}BK", *([f"{diagnosis}BF"] * (len(claim.diagnoses) - 1))]
    yield list(zip(kinds, claim.diagnoses, strict=False))
    yield _listed("BG", claim.condition_codes)


def _listed(qualifier: str, values: tuple[str, ...]) -> Group:
    return [(qualifier, value) for value in values]


def _institutional(claim: Claim, edition: tuple[str, str]) -> Iterator[Group]:
    facts = claim.institutional
    assert facts is not None, "asked for the codes of another form"
    diagnosis, procedure = edition
    present = claim.present_on_admission
    present += ("",) * (len(claim.diagnoses) - len(present))
    diagnoses = [
        (f"{diagnosis}{'BF' if place else 'BK'}", code, *_PRESENT, present[place])
        for place, code in enumerate(claim.diagnoses)
    ]
    yield diagnoses[:1]
    yield _listed(f"{diagnosis}BJ", (facts.admitting_diagnosis,) * bool(facts.admitting_diagnosis))
    yield _listed(f"{diagnosis}PR", facts.reason_diagnoses)
    yield _listed(f"{diagnosis}BN", facts.external_causes)
    yield _listed("DR", (facts.drg,) * bool(facts.drg))
    yield diagnoses[1:]
    done = [("BQ", p.code, "D8", write_day(p.on)) for p in facts.procedures if p.on]
    yield [(f"{procedure}BR", *parts[1:]) for parts in done[:1]]
    yield [(f"{procedure}BQ", *parts[1:]) for parts in done[1:]]
    yield from _billing_codes(facts)
    yield _listed("BG", claim.condition_codes)
    yield _listed("TC", facts.treatment_codes)


# ``claims_limits`` refuses a code without its date or amount before anything is written.
def _billing_codes(facts: Institutional) -> Iterator[Group]:
    yield [
        ("BI", span.code, "RD8", write_span(span.first, span.last))
        for span in facts.occurrence_spans
        if span.first and span.last
    ]
    yield [("BH", dated.code, "D8", write_day(dated.on)) for dated in facts.occurrences if dated.on]
    yield [
        ("BE", value.code, "", "", amount(value.amount_cents))
        for value in facts.value_codes
        if value.amount_cents is not None
    ]
