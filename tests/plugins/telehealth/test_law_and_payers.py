"""telehealth.md s.1, s.6: the statute by day, who may see whom, licenses and consent."""

from __future__ import annotations

from datetime import date

import pytest

from plugins.telehealth import status
from tests.plugins.telehealth.documents import (
    AUDIO,
    COLLEAGUE,
    NONE,
    STRANGER,
    VISIT,
    Document,
    Row,
    at,
    doc,
    faults,
    ln,
    monitored,
    prior,
    remote,
)

OK = {**VISIT, "patient_state": "OK"}
THERAPY = ln("90834", minutes=45)


def compact(name: str, *states: str) -> Document:
    return {"compacts": [{"name": name, "states": list(states)}]}


def tele(visit: Document = VISIT, **changes: object) -> Document:
    return doc(ln("90834", "95", minutes=45), payer="commercial", visit=visit, **changes)  # type: ignore[arg-type]


LICENSES = (
    Row("licensed there", tele()),
    Row("not licensed there", tele(OK), "TH-013"),
    Row("licensed there too", tele(OK, provider={"licensed_states": ["TX", "OK"]})),
    Row("licenses not known", tele(OK, provider={"licensed_states": []})),
    Row("a payer that does not ask", tele(OK, policy={"requires_instate_license": False})),
    Row("a psychologist under PSYPACT", tele(OK, by="CP", provider=compact("PSYPACT", "TX", "OK"))),
    Row(
        "PSYPACT without that state",
        tele(OK, by="CP", provider=compact("PSYPACT", "TX", "CO")),
        "TH-013",
    ),
    Row(
        "PSYPACT is not for social workers",
        tele(OK, by="LCSW", provider=compact("PSYPACT", "OK")),
        "TH-013",
    ),
    Row(
        "a counselor under their compact",
        tele(OK, by="LPC", provider=compact("Counseling Compact", "OK")),
    ),
    Row(
        "a family therapist has none",
        tele(OK, by="LMFT", provider=compact("Counseling Compact", "OK")),
        "TH-013",
    ),
    Row("a nurse practitioner under NLC", tele(OK, by="NP", provider=compact("NLC", "OK"))),
    Row("IMLC gives real licenses", tele(OK, provider=compact("IMLC", "OK")), "TH-013"),
    Row(
        "a speech therapist under ASLP-IC",
        doc(
            ln("92507", "GN", "95"),
            payer="commercial",
            visit=OK,
            by="SLP",
            provider=compact("ASLP-IC", "OK"),
        ),
    ),
    Row(
        "a physical therapist under PT Compact",
        doc(
            ln("97110", "GP", "95", minutes=15),
            payer="commercial",
            visit=OK,
            by="PT",
            provider=compact("PT Compact", "OK"),
        ),
    ),
    Row("in person the state is no matter", doc(pos="11", visit={**NONE, "patient_state": "OK"})),
    Row("a missing state comes first", tele({**OK, "provider_state": None}), "TH-014"),
    Row(
        "by telephone too", doc(ln("99213", "93"), visit={**AUDIO, "patient_state": "OK"}), "TH-013"
    ),
    Row(
        "an evaluation of its own kind too",
        doc(ln("98006"), payer="commercial", visit=OK, policy={"accepts_98000": True}),
        "TH-013",
    ),
)

NO_CONSENT = {**NONE, "consent_documented": False}


def given(day: str) -> Document:
    return {**NONE, "consent_date": day}


CONSENT = (
    Row("asked and there", tele(policy={"requires_consent": True})),
    Row(
        "asked and missing",
        tele({**VISIT, "consent_documented": False}, policy={"requires_consent": True}),
        "TH-015@1",
    ),
    Row("not asked and missing", tele({**VISIT, "consent_documented": False})),
    Row(
        "asked, nobody says",
        tele({**VISIT, "consent_documented": None}, policy={"requires_consent": True}),
    ),
    Row("in person", doc(pos="11", visit=NO_CONSENT, policy={"requires_consent": True})),
    *(
        Row(
            f"Medicare asks for {code}",
            remote(ln(code, minutes=minutes), visit=NO_CONSENT),
            "TH-015@1",
        )
        for code, minutes in (
            ("98016", 8),
            ("G2010", None),
            ("G2252", 15),
            ("99421", 6),
            ("99422", 12),
            ("99490", 25),
            ("99487", 60),
            ("99491", 30),
            ("99424", 30),
            ("99426", 30),
            ("99457", 25),
            ("98980", 25),
            ("99091", 30),
        )
    ),
    Row(
        "Medicare asks for the device",
        monitored(ln("99454"), days=18, visit=NO_CONSENT),
        "TH-015@1",
    ),
    Row(
        "Medicare asks a social worker",
        remote(ln("G2251", minutes=8), by="LCSW", visit=NO_CONSENT),
        "TH-015@1",
    ),
    Row("no visit by video", doc(visit={**VISIT, "consent_documented": False})),
    Row(
        "commercial does not ask for messages",
        remote(ln("99421", minutes=6), payer="commercial", visit=NO_CONSENT),
    ),
    Row(
        "commercial that asks, for messages",
        remote(
            ln("99421", minutes=6),
            payer="commercial",
            visit=NO_CONSENT,
            policy={"requires_consent": True},
        ),
        "TH-015@1",
    ),
    Row("a year old on the day", remote(ln("98016", minutes=8), visit=given("2025-05-12"))),
    Row("older than a year", remote(ln("98016", minutes=8), visit=given("2025-05-11")), "TH-015@1"),
    Row(
        "once is enough for monitoring",
        monitored(ln("99457", minutes=25), visit=given("2024-01-01")),
    ),
    Row(
        "once is enough for chronic care",
        remote(ln("99490", minutes=25), visit=given("2024-01-01")),
    ),
    Row(
        "Medicaid of a state that asks",
        doc(
            ln("99213", "95"),
            payer="medicaid",
            pos="02",
            visit={**VISIT, "consent_documented": False},
            plan={"state": "CA"},
            policy={"modifier_av": "95", "requires_consent": "unsaid"},
        ),
        "TH-015@1",
    ),
)

PEOPLE = (
    *(
        Row(f"{by} in 2026", doc(THERAPY, by=by, dx=("F33.1",)))
        for by in ("MD", "DO", "NP", "PA", "CNS", "CP", "LCSW", "LMFT", "LPC")
    ),
    *(
        Row(f"{by} never", doc(THERAPY, by=by, dx=("F33.1",)), "TH-035")
        for by in ("RN", "RBT", "BCBA", "PEER", "CADC")
    ),
    Row(
        "LPC in 2023",
        doc(ln("90834", "95", minutes=45), by="LPC", dos="2023-12-31", pos="11"),
        "TH-035",
    ),
    Row("LPC in 2024", doc(THERAPY, by="LPC", dos="2024-01-01")),
    Row("SLP in 2027", doc(ln("92507", "GN"), by="SLP", dos="2027-12-31")),
    Row("SLP in a lapse that was restored", doc(ln("92507", "GN"), by="SLP", dos="2025-10-20")),
    Row("SLP in 2028", doc(ln("92507", "GN"), by="SLP", dos="2028-01-01"), "TH-034 TH-035"),
    Row("SLP in 2019", doc(ln("92507", "GN"), by="SLP", dos="2019-06-03", pos="02"), "TH-035"),
    Row("nobody knows who", doc(by="")),
    Row("a nurse for a commercial payer", doc(ln("99211", "95"), payer="commercial", by="RN")),
    Row("a nurse in person", doc(ln("99211"), by="RN", pos="11", visit=NONE)),
    Row("abroad", doc(visit={**VISIT, "provider_country": "MX"}), "TH-040"),
    Row(
        "abroad, no state",
        doc(visit={**VISIT, "provider_country": "MX", "provider_state": None}),
        "TH-040",
    ),
    Row("abroad, commercial", tele({**VISIT, "provider_country": "MX"})),
    Row("in Puerto Rico", doc(visit={**VISIT, "provider_country": "PR"})),
    Row("country not known", doc(visit={**VISIT, "provider_country": None})),
)

AFTER = "2028-01-10"
SEEN_BEFORE: Document = {"first_telehealth_date": AFTER, "last_in_person": "2027-07-10"}


def mental(
    dos: str = AFTER, dx: str = "F33.1", visit: Document = VISIT, **facts: object
) -> Document:
    past = facts.pop("history", ())
    context = {"mental_telehealth": facts} if facts else {}
    return doc(THERAPY, by="LCSW", dos=dos, dx=(dx,), visit=visit, history=past, context=context)  # type: ignore[arg-type]


def colleague(dos: str, **changes: object) -> Document:
    return prior(
        "90834",
        dos,
        **{"rendering_npi": COLLEAGUE, "specialty": "1041C0700X", "pos": "11", **changes},
    )


STATUTE = (
    *(
        Row(f"home on {dos}", doc(dos=dos))
        for dos in ("2025-10-01", "2025-11-11", "2026-01-31", "2026-02-02", "2027-12-31")
    ),
    Row("home in 2028", doc(dos="2028-01-01"), "TH-034"),
    Row("behavioral health from home in 2028", doc(dx=("F33.1",), dos="2028-01-01")),
    Row("substance use from home in 2028", doc(dx=("F11.20",), dos="2028-01-01")),
    Row("a stroke in 2028", doc(ln("99214", "G0"), dx=("I63.9",), dos="2028-01-01")),
    Row("dialysis from home in 2028", doc(ln("90966"), dx=("N18.6",), dos="2028-01-01")),
    Row(
        "a pharmacy in 2028",
        doc(pos="02", visit=at("other", patient_facility_type="pharmacy"), dos="2028-01-01"),
        "TH-034",
    ),
    Row(
        "a clinic in 2028, place not known",
        doc(pos="02", visit=at("facility", patient_facility_type="RHC"), dos="2028-01-01"),
    ),
    Row("commercial in 2028", tele(dos="2028-01-01")),
    Row("before 2020 nobody asks here", doc(dos="2019-06-03", pos="02")),
    Row(
        "mental health in 2026, never seen",
        mental("2026-09-15", first_telehealth_date="2026-09-15"),
    ),
    Row("last day without a visit", mental("2027-12-31", first_telehealth_date="2027-12-31")),
    Row("first day with one", mental("2028-01-01", first_telehealth_date="2028-01-01"), "TH-012"),
    Row("first visit, never seen", mental(first_telehealth_date=AFTER), "TH-012"),
    Row("first visit, seen 6 months ago", mental(**SEEN_BEFORE)),
    Row(
        "first visit, seen earlier",
        mental(**{**SEEN_BEFORE, "last_in_person": "2027-07-09"}),
        "TH-012",
    ),
    Row(
        "later visit, seen 12 months ago",
        mental(first_telehealth_date="2027-03-01", last_in_person="2027-01-10"),
    ),
    Row(
        "later visit, seen earlier",
        mental(first_telehealth_date="2027-03-01", last_in_person="2027-01-09"),
        "TH-012",
    ),
    Row(
        "later visit with an exception",
        mental(
            first_telehealth_date="2027-03-01",
            last_in_person="2026-01-09",
            exception_documented=True,
        ),
    ),
    Row("nobody says anything", mental()),
    Row("substance use", mental(dx="F11.20", first_telehealth_date=AFTER)),
    Row(
        "from a clinic",
        mental(visit=at("facility", patient_facility_type="CMHC"), first_telehealth_date=AFTER),
        "TH-001",
    ),
    Row(
        "seen by a colleague",
        mental(first_telehealth_date=AFTER, history=(colleague("2027-10-01"),)),
    ),
    Row(
        "seen by a colleague of another specialty",
        mental(
            first_telehealth_date=AFTER, history=(colleague("2027-10-01", specialty="103TC0700X"),)
        ),
        "TH-012",
    ),
    Row(
        "seen by a stranger",
        mental(
            first_telehealth_date=AFTER,
            history=(colleague("2027-10-01", rendering_npi=STRANGER, group_id="G2"),),
        ),
        "TH-012",
    ),
    Row(
        "seen by telehealth only",
        mental(first_telehealth_date=AFTER, history=(colleague("2027-10-01", pos="10"),)),
        "TH-012",
    ),
)

GROUPS = {"licenses": LICENSES, "consent": CONSENT, "people": PEOPLE, "statute": STATUTE}


@pytest.mark.parametrize("name", GROUPS)
def test_law_and_payers(name: str) -> None:
    assert faults(GROUPS[name]) == []


def test_a_lapse_is_kept_as_what_was_known_then() -> None:
    october, november = date(2025, 10, 20), date(2025, 11, 12)
    assert status.holds("any_site", october, known_on=october) is None
    assert status.was_lapsed("any_site", october, known_on=october)
    restored = status.holds("any_site", october, known_on=november)
    assert restored is not None
    assert "119-37" in restored.authority
    assert not status.was_lapsed("any_site", october, known_on=november)
    assert status.was_lapsed("any_site", date(2026, 2, 1), known_on=date(2026, 2, 2))
    assert not status.was_lapsed("any_site", date(2028, 1, 1), known_on=date(2028, 1, 1))
    assert status.ends("any_site") == date(2028, 1, 1)


@pytest.mark.parametrize("provision", ["any_site", "therapy_practitioners", "no_in_person"])
def test_no_day_from_2020_to_2027_is_lost(provision: str) -> None:
    first, last = date(2020, 3, 1).toordinal(), date(2027, 12, 31).toordinal()
    days = (date.fromordinal(one) for one in range(first, last + 1))
    assert all(status.holds(provision, day) for day in days)
