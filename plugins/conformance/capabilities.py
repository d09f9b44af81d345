"""What a plugin's rules look at beside what its manifest asks for.

They are asked twice: with everything, and with what ``core.rules.visible`` would leave them. Where
the answers differ, a rule needs what nobody will give it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from msgspec.structs import replace

from core.rules.needs import HistoryNeed, Needs
from core.rules.rulebook import RuleBook
from core.rules.sees import Sees
from core.rules.visible import FIELDS, PART, Numbers, Visible, together
from plugins.conformance.asking import answers
from plugins.conformance.code import PluginCode
from plugins.conformance.fault import Fault
from plugins.conformance.hostile import Sample
from plugins.conformance.judging import Answers, place_of
from plugins.spec import Manifest

_EVERYTHING = frozenset(Sees)

READ_AS: Mapping[Sees, Collection[str]] = {
    Sees.DEMOGRAPHICS: ("birth_date", "sex", "member_id", "death_date", "phone", "group_number"),
    Sees.CLINICAL: (
        "diagnoses", "first_diagnosis", "onset_date", "teeth", "oral_cavity", "accident", "start",
        "end", "drug", "occurrences", "admission_type", "condition_codes", "dental", "prosthesis",
        "patient_status", "attachments", "consents", "procedures",
    ),
    Sees.MONEY: (
        "charge_cents", "paid_cents", "expected_cents", "noncovered_cents", "accumulators",
        "adjudications", "value_codes", "patient_paid_cents", "rate_cents", "adjustments",
    ),
    Sees.HISTORY: ("history", "authorizations", "eligibility", "other_coverages", "abn_on_file"),
    Sees.SUBSTANCE_USE: ("sensitivity", "otp_enrolled", "PART_TWO", "may_disclose_part_two"),
}  # fmt: skip
"""Attributes by which code shows what it reads."""


def shown(visible: Visible, needs: Needs, sample: Sample) -> Sample:
    """``sample`` as a plugin of this sight would get it; its number stays."""
    claim, numbers = sample.claim, Numbers()
    less = replace(visible.shown(claim, numbers), claim_number=claim.claim_number)
    facts = visible.facts(sample.facts, needs, claim.service_from, numbers)
    return replace(sample, claim=less, facts=facts)


def capability_faults(
    manifest: Manifest,
    book: RuleBook,
    samples: Sequence[Sample],
    code: PluginCode,
) -> Iterator[Fault]:
    """What is used and not asked for, by rule; and what is asked for and never used."""
    needs = together(looker.rule.needs for looker in book.lookers)
    asked = frozenset(manifest.sees)
    yield from _needless(manifest, book, samples, needs, code)
    # A record of another plugin is never given, whatever is asked for: that is the yardstick.
    sight = Visible(manifest.name, _EVERYTHING)
    whole = [shown(sight, needs, one) for one in samples]
    everything = answers(book, whole, code)
    read = code.attributes()
    for kind in Sees:
        sight = Visible(manifest.name, _EVERYTHING - {kind})
        less = [shown(sight, needs, one) for one in samples]
        other = answers(book, less, code)
        using = _using(everything, other)
        if kind not in asked:
            yield from _undeclared(kind, using, read, everything, code)
        elif not using and not any(name in read for name in READ_AS[kind]):
            yield Fault(
                check="capabilities",
                where=code.place_of(manifest.name),
                message=f"the manifest asks for {kind.value} and no rule uses it; take it out of "
                "sees, for a practice will ask why",
                is_warning=True,
            )


_ALL_NEEDS = Needs(
    history=(HistoryNeed(look_back_days=36_500),),
    authorizations=True,
    eligibility=True,
    accumulators=("therapy_pt_slp", "therapy_ot", "deductible_remaining"),
    consents=True,
)


def _needless(
    manifest: Manifest,
    book: RuleBook,
    samples: Sequence[Sample],
    needs: Needs,
    code: PluginCode,
) -> Iterator[Fault]:
    """Rules that use what the plugin asks for and no rule says it needs: nobody will load it."""
    sight = Visible(manifest.name, manifest.sees)
    read = code.attributes()
    for name in ("history", "authorizations", "eligibility", "accumulators", "consents"):
        if getattr(needs, name) or name not in read:
            continue
        wide = replace(needs, **{name: getattr(_ALL_NEEDS, name)})
        given, less = (
            answers(book, [shown(sight, one, sample) for sample in samples], code)
            for one in (wide, needs)
        )
        for rule, key in _using(given, less).items():
            yield Fault(
                check="needs",
                rule=rule,
                where=place_of(given[key], code),
                message=f"rule {rule} uses {name} it does not say it needs; name it in needs",
            )


def _using(everything: Answers, other: Answers) -> dict[str, tuple[object, ...]]:
    """The rules whose answers change, each with the first sample by which they do."""
    found: dict[str, tuple[object, ...]] = {}
    for key, answer in everything.items():
        without = other.get(key)
        if without is None or without.said != answer.said:
            found.setdefault(answer.rule.id, key)
    return found


def _undeclared(
    kind: Sees,
    using: Mapping[str, tuple[object, ...]],
    read: Mapping[str, str],
    everything: Answers,
    code: PluginCode,
) -> Iterator[Fault]:
    ask = f"ask for it in the manifest (Sees.{kind.name}), or leave it alone"
    for rule, key in using.items():
        yield Fault(
            check="capabilities",
            rule=rule,
            where=place_of(everything[key], code),
            message=f"rule {rule} uses {kind.value} facts it will not be given: {ask}",
        )
    if using:
        return
    for name in READ_AS[kind]:
        if name in read and _is_field(name):
            yield Fault(
                check="capabilities",
                where=read[name],
                message=f"reads {name}, a {kind.value} fact, which it will not be given: {ask}",
                is_warning=True,
            )
            return


_NAMES = frozenset(
    name
    for fields in FIELDS.values()
    for group, names in fields.items()
    if group is not PART
    for name in names.split()
) | {"history", "authorizations", "eligibility", "accumulators", "consents", "first_diagnosis"}


def _is_field(name: str) -> bool:
    return name in _NAMES
