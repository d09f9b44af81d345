"""What codes of an eligibility answer mean, in our own words, and what to do about a rejection."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from core.eligibility.answer import Benefit, Level, Rejection
from core.money import dollars

# Reject reason (AAA03) -> what is wrong, and what to do.
REASONS: dict[str, tuple[str, str]] = {
    "04": ("asked for more than it takes at once", "Send fewer inquiries in one file."),
    "15": ("misses something it needs", "Complete the inquiry and send it again."),
    "33": ("found something wrong in what was sent", "Check the inquiry and send it again."),
    "35": ("says the provider is out of network", "Check the network before the visit."),
    "41": ("does not let the sender ask", "Ask the payer or clearinghouse for access."),
    "42": ("cannot answer now", "Send it again later."),
    "43": ("does not know the provider's identifier", "Correct the provider's NPI."),
    "44": ("does not know the provider's name", "Correct the provider's name."),
    "45": ("finds the provider's specialty wrong", "Correct the taxonomy code."),
    "46": ("finds the provider's telephone wrong", "Correct the telephone number."),
    "47": ("finds the provider's state wrong", "Correct the state of the provider."),
    "48": ("does not know the referring provider", "Correct the referring provider's number."),
    "49": ("says the provider is not the primary care provider", "Ask who the patient's is."),
    "50": ("does not let this provider ask", "Enrol the provider for inquiries at the payer."),
    "51": ("does not know the provider", "Check the NPI and the enrolment at this payer."),
    "52": (
        "says the days are outside the provider's time with the plan",
        "Check the provider's enrolment on those days.",
    ),
    "53": ("says this provider does not give this benefit", "Ask for another service type."),
    "54": ("does not take this kind of procedure code", "Ask by service type instead."),
    "55": ("does not take this procedure code", "Correct the code, or ask by service type."),
    "56": ("finds the day wrong", "Correct the day asked for."),
    "57": ("finds the days of service wrong or missing", "Correct the days asked for."),
    "58": ("finds the date of birth wrong or missing", "Enter the date of birth as on the card."),
    "60": ("says the birth is after the day asked for", "Correct the birth date or the day."),
    "61": ("says the death was before the day asked for", "Correct the day; ask the family."),
    "62": ("does not answer for days so long ago or ahead", "Ask for a nearer day."),
    "63": ("does not answer for a day in the future", "Ask for today."),
    "64": ("does not know the patient's identifier", "Correct it as on the card."),
    "65": ("does not know the patient's name", "Correct the name as on the card."),
    "66": ("finds the patient's sex wrong", "Correct the sex as the payer knows it."),
    "67": ("did not find the patient", "Compare name, birth date and number with the card."),
    "68": ("has the patient's identifier twice", "Call the payer."),
    "69": ("says it does not fit the patient's age", "Check the birth date and the service."),
    "70": ("says it does not fit the patient's sex", "Check the sex and the service."),
    "71": ("has another date of birth", "Correct the date of birth as on the card."),
    "72": ("does not know the member number", "Correct the member number as on the card."),
    "73": ("does not know the subscriber's name", "Correct the name as on the card."),
    "74": ("finds the subscriber's sex wrong", "Correct the sex as the payer knows it."),
    "75": ("did not find the subscriber", "Compare name, birth date and number with the card."),
    "76": ("has the member number twice", "Call the payer."),
    "77": ("found the subscriber but not the patient", "Check who of the family is insured."),
    "78": ("does not find the subscriber in this group", "Correct the group number."),
    "79": ("does not know an identifier of sender or payer", "Check the payer id."),
    "80": ("did not answer in time", "Send it again later."),
    "97": ("finds the provider's address wrong", "Correct the address as enrolled."),
    "98": ("calls the service experimental", "Ask the payer before the visit."),
    "AA": ("does not find the authorization", "Check the authorization number."),
    "AE": ("wants the primary care provider's approval", "Get a referral first."),
    "AF": ("finds the diagnoses wrong or missing", "Correct the diagnoses."),
    "AG": ("finds the procedure codes wrong or missing", "Correct the procedure codes."),
    "AO": ("wants more on the patient's condition", "Call the payer."),
    "CI": ("has another patient under this authorization", "Check the authorization number."),
    "E8": ("wants a medical review", "Ask the payer for a review before the visit."),
    "IA": ("finds the form of the authorization number wrong", "Correct the number."),
    "MA": ("misses the authorization number", "Give the authorization number."),
    "T4": ("misses the payer's name or identifier", "Give the payer id of this payer."),
}

# What the sender may do next (AAA04).
ACTIONS: dict[str, str] = {
    "C": "Put it right and send it again.",
    "N": "Do not send it again.",
    "P": "Send the first inquiry again.",
    "R": "It may be sent again.",
    "S": "Do not send it again; it was passed on to somebody else.",
    "W": "Wait 30 days, then send it again.",
    "X": "Wait 10 days, then send it again.",
    "Y": "Do not send it again; the payer will answer by itself.",
}

_LEVELS = {
    Level.REQUEST: "for the whole request",
    Level.PAYER: "for this payer",
    Level.PROVIDER: "for this provider",
    Level.SUBSCRIBER: "for the subscriber",
    Level.DEPENDENT: "for the dependent",
    Level.BENEFIT: "for one service",
}

INFORMATION: dict[str, str] = {
    "1": "active coverage",
    "2": "active, full risk capitation",
    "3": "active, services capitated",
    "4": "active, services capitated to the primary care provider",
    "5": "active, under investigation",
    "6": "inactive",
    "7": "inactive until eligibility is updated",
    "8": "inactive, under investigation",
    "A": "coinsurance",
    "B": "copayment",
    "C": "deductible",
    "CB": "basis of coverage",
    "D": "description of the benefit",
    "E": "exclusion",
    "F": "limitation",
    "G": "out-of-pocket limit",
    "H": "unlimited",
    "I": "not covered",
    "J": "cost containment",
    "K": "reserve",
    "L": "primary care provider",
    "M": "limitation for what existed before",
    "MC": "managed care coordinator",
    "N": "only from the provider named",
    "O": "not medically necessary",
    "P": "disclaimer",
    "Q": "needs a second opinion before surgery",
    "R": "another payer",
    "S": "history of earlier years",
    "T": "card reported lost or stolen",
    "U": "ask the party named",
    "V": "cannot be processed",
    "W": "another source of data",
    "X": "health care facility",
    "Y": "spend down",
}

# The service types most inquiries are about; others are shown by code.
SERVICE_TYPES: dict[str, str] = {
    "1": "medical care",
    "2": "surgery",
    "4": "diagnostic X-ray",
    "5": "diagnostic laboratory",
    "12": "medical equipment, bought",
    "18": "medical equipment, rented",
    "23": "diagnostic dental",
    "24": "periodontics",
    "25": "restorative dental",
    "26": "endodontics",
    "30": "the whole plan",
    "33": "chiropractic",
    "35": "dental",
    "38": "orthodontics",
    "39": "prosthodontics",
    "40": "oral surgery",
    "41": "preventive dental",
    "42": "home health care",
    "44": "home health visits",
    "45": "hospice",
    "47": "hospital",
    "48": "hospital, inpatient",
    "50": "hospital, outpatient",
    "86": "emergency",
    "88": "pharmacy",
    "98": "office visit",
    "A4": "psychiatric",
    "A6": "psychotherapy",
    "A7": "psychiatric, inpatient",
    "A8": "psychiatric, outpatient",
    "AD": "occupational therapy",
    "AE": "physical medicine",
    "AF": "speech therapy",
    "AG": "skilled nursing",
    "AI": "substance use",
    "AL": "vision",
    "CF": "mental health provider, outpatient",
    "DM": "medical equipment",
    "MH": "mental health",
    "PT": "physical therapy",
    "UC": "urgent care",
}


# Periods (EB06) as they follow an amount or a quantity.
PERIODS: dict[str, str] = {
    "6": "an hour",
    "7": "a day",
    "13": "in 24 hours",
    "21": "in years",
    "22": "a service year",
    "23": "a calendar year",
    "24": "used so far this year",
    "25": "a contract",
    "26": "an episode",
    "27": "a visit",
    "28": "an outlier",
    "29": "left",
    "30": "exceeded",
    "31": "not exceeded",
    "32": "in a lifetime",
    "33": "left in a lifetime",
    "34": "a month",
    "35": "a week",
    "36": "an admission",
}
QUANTITIES: dict[str, str] = {
    "8H": "at least",
    "99": "used",
    "CA": "covered",
    "CE": "covered, estimated",
    "D3": "days of coinsurance",
    "DB": "units of blood",
    "DY": "days",
    "HS": "hours",
    "LA": "days of lifetime reserve",
    "LE": "days of lifetime reserve, estimated",
    "M2": "at most",
    "MN": "months",
    "P6": "services",
    "QA": "approved",
    "S7": "years of age at most",
    "S8": "years of age at least",
    "VS": "visits",
    "YY": "years",
}
WHOM = {
    "CHD": "children",
    "DEP": "dependents",
    "ECH": "employee and children",
    "EMP": "employee",
    "ESP": "employee and spouse",
    "FAM": "family",
    "IND": "individual",
    "SPC": "spouse and children",
    "SPO": "spouse",
}
NETWORKS = {"Y": "in network", "N": "out of network", "W": "in any network"}


def benefit_sentence(benefit: Benefit) -> str:
    """One statement on coverage as a line: ``Copayment, office visit, in network: $25.00 a visit.``

    Plan names and messages of the payer are not repeated. Codes we have no words for are named by
    code.
    """
    text = _line(_topic(benefit), [_said(benefit)])
    return f"{text} An authorization is needed." if benefit.authorization == "Y" else text


def benefit_sentences(benefits: Iterable[Benefit]) -> tuple[str, ...]:
    """The statements as lines, those on the same thing in one: ``Deductible, the whole plan,
    individual, in network: $1,500.00 a calendar year; $400.00 left.``

    What authorization they ask for is not said here.
    """
    topics: dict[str, dict[str, None]] = {}
    for benefit in benefits:
        topics.setdefault(_topic(benefit), {})[_said(benefit)] = None
    return tuple(_line(topic, said) for topic, said in topics.items())


def service_words(code: str) -> str:
    """A service type in words, or by its code where we have none."""
    return SERVICE_TYPES.get(code, f"service type {_shown(code)}")


def _topic(benefit: Benefit) -> str:
    """What a statement is about."""
    parts = [INFORMATION.get(benefit.information, f"information {_shown(benefit.information)}")]
    parts += [service_words(code) for code in benefit.service_types]
    if benefit.procedure is not None:
        parts.append("one procedure")
    parts += [words[code] for words, code in (
        (WHOM, benefit.level), (NETWORKS, benefit.in_network),
    ) if code in words]  # fmt: skip
    return ", ".join(parts)


def _said(benefit: Benefit) -> str:
    """How much, and in which time."""
    amounts = []
    if benefit.amount_cents is not None:
        amounts.append(dollars(benefit.amount_cents))
    if benefit.percent is not None:
        amounts.append(f"{_plain(benefit.percent * 100)} %")
    if benefit.quantity is not None:
        kind = QUANTITIES.get(benefit.quantity_kind, f"of {_shown(benefit.quantity_kind)}")
        amounts.append(f"{_plain(benefit.quantity)} {kind}")
    said = " and ".join(amounts)
    if benefit.period in PERIODS:
        said = f"{said} {PERIODS[benefit.period]}".strip()
    return said


def _line(topic: str, said: Iterable[str]) -> str:
    amounts = "; ".join(each for each in said if each)
    text = topic + (f": {amounts}" if amounts else "")
    return f"{text[0].upper()}{text[1:]}."


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def rejection_sentence(rejection: Rejection) -> str:
    """Why there is no answer, and what to do: first the cause, then what the payer allows.

    Codes we have no words for are named by code.
    """
    known = REASONS.get(rejection.reason)
    what = known[0] if known else f"gives reject reason {_shown(rejection.reason)}"
    hint = known[1] if known else "Look the code up in the payer's guide."
    text = f"No answer {_LEVELS[rejection.level]}: the payer {what}. {hint}"
    action = ACTIONS.get(rejection.action)
    return f"{text} {action}" if action else text


def _shown(code: str) -> str:
    """A code as it may be shown: short and plain, since a file can hold anything there."""
    return code if len(code) <= 2 and code.isalnum() else "of an unknown form"
