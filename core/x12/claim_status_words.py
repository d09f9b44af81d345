"""What claim status codes mean, in our own words, and what a biller does next.

Codes by number from the X12 external lists 507 (category) and 508 (status), entities as in NM101;
the words are ours.
"""

from __future__ import annotations

from core.x12.claim_status_values import StatusCode

CATEGORIES = {
    "A0": "was passed on to another party",
    "A1": "arrived; nothing was judged yet",
    "A2": "was taken in for processing",
    "A3": "was turned away and is not in the payer's system",
    "A4": "cannot be found",
    "A5": "was split into several claims",
    "A6": "was turned away because something is missing",
    "A7": "was turned away because something is wrong",
    "A8": "was turned away because its parts contradict each other",
    "R0": "waits for something the payer asked for",
    "R1": "waits for something about a party that the payer asked for",
    "R3": "waits for something about the claim or a line that the payer asked for",
    "R4": "waits for documents the payer asked for",
    "R5": "waits for closer detail the payer asked for",
    "R6": "waits for something the law asks the payer to have",
    "R7": "waits for proof that the care is covered by the plan",
    "R8": "waits for proof that the care is an exception the plan covers",
    "R9": "waits for proof of medical necessity",
    "R10": "waits for something that supports an appeal",
    "R11": "waits for something the payer reviews before it pays",
    "R12": "waits for a reason why this procedure code was used",
    "R13": "waits for documents again, since those sent cannot be read",
    "R14": "waits for documents, since those sent are not what was asked for",
    "R15": "waits for something that decides on workers' compensation",
    "R16": "waits for something that decides on eligibility",
    "R17": "waits for something; this request replaces an earlier one",
    "P0": "is waiting",
    "P1": "is being processed",
    "P2": "is waiting for a review",
    "P3": "is waiting for information that was asked for",
    "P4": "is waiting for information from the patient",
    "P5": "is held by the payer's own administration",
    "F0": "is finished",
    "F1": "is finished and paid",
    "F2": "is finished and denied",
    "F3": "is finished and was changed",
    "F4": "is finished without a payment",
    "F3F": "is finished and was forwarded to another payer",
    "F3N": "is finished and was not forwarded",
    "D0": "could not be found with what was sent",
    "E0": "could not be answered because of an error in the request",
    "E1": "could not be answered; the system was not reachable",
    "E2": "could not be answered; the payer was not reachable",
    "E3": "could not be answered because something in the request contradicts itself",
    "E4": "could not be answered because the request breaks an agreement with the payer",
}

# What to do by category, where the status code itself has no words for it.
_HINTS = {
    "D0": "Compare number, days and charge with the claim; if it never arrived, send it again.",
    "E0": "Put the request right and ask again.",
    "E1": "Ask again later.",
    "E2": "Ask again later.",
    "E3": "Put the request right and ask again.",
    "E4": "Compare the request with the payer's own rules, put it right and ask again.",
    "F2": "Read the remittance for the reason; correct or appeal.",
    "F3": "Read the remittance for what was changed.",
    "F3F": "Wait for the next payer's remittance.",
    "F3N": "Bill the next payer.",
    "F4": "Read the remittance: nothing is paid by this payer.",
    "P3": "Send the payer what it asked for.",
    "P4": "Ask the patient to answer the payer.",
    "P5": "Wait; call the payer if it lasts.",
}

# Status code -> what it is about, and what to do when it comes with a rejection.
STATUSES: dict[str, tuple[str, str]] = {
    "0": ("no further explanation", "Ask the payer for the reason."),
    "3": ("it is decided and waits for the payment run", "Wait for the remittance."),
    "16": ("it was forwarded to the entity", "Follow it there."),
    "19": ("receipt by the entity", "Wait for the next answer."),
    "20": ("acceptance for processing", "Wait for the remittance."),
    "21": ("missing or invalid information", "Read the other codes and put those fields right."),
    "23": ("it was returned to the entity", "Put it right and send it again."),
    "24": (
        "the entity is not approved to send electronically",
        "Enrol with the payer, then send again.",
    ),
    "25": ("the entity is not approved", "Check enrolment with the payer, then send again."),
    "26": ("the entity was not found", "Check its identifier, then send again."),
    "27": ("the policy was cancelled", "Check eligibility for the day of service."),
    "29": (
        "the subscriber does not match the policy number",
        "Compare both with the insurance card.",
    ),
    "30": (
        "the subscriber does not match the member number",
        "Compare both with the insurance card.",
    ),
    "31": (
        "the subscriber does not match the policyholder's name",
        "Compare both with the insurance card.",
    ),
    "32": ("subscriber and policy number were not found", "Compare both with the insurance card."),
    "33": ("subscriber and member number were not found", "Compare both with the insurance card."),
    "35": ("the claim was not found", "Send it again."),
    "40": ("it waits for final approval", "Wait."),
    "41": ("it needs special handling", "Call the payer."),
    "54": (
        "it is a duplicate of one already processed",
        "Find the first claim; do not send again.",
    ),
    "84": ("the service was not authorized", "Get the authorization, or appeal with it."),
    "85": ("the entity does not pay first", "Bill the payer that pays first."),
    "88": ("the entity is not eligible on the day of service", "Check eligibility for that day."),
    "91": (
        "the entity is not approved for the day of service",
        "Check eligibility and enrolment for that day.",
    ),
    "96": ("there is no agreement with the entity", "Sign the agreement, then send again."),
    "97": ("the patient's eligibility was not found at the entity", "Compare the insurance card."),
    "109": ("the entity is not eligible", "Check eligibility and enrolment."),
    "116": ("it was sent to the wrong payer", "Find the right payer and bill it."),
    "117": ("it needs the mark that a signature is on file", "Set the signature on file."),
    "122": (
        "something missing or invalid stops the processing",
        "Read the other codes and put those fields right.",
    ),
    "124": ("the entity's name, address, telephone or identifier", "Correct what is wrong there."),
    "125": ("the entity's name", "Correct the name."),
    "126": ("the entity's address", "Correct the address."),
    "127": ("the entity's telephone number", "Correct the telephone number."),
    "128": ("the entity's tax number", "Compare the tax number with the enrolment."),
    "131": ("the entity's Medicare number", "Check the Medicare number."),
    "132": ("the entity's Medicaid number", "Check the Medicaid number."),
    "135": ("the entity's commercial provider number", "Check the number at this payer."),
    "142": ("the entity's licence number", "Check the licence number."),
    "145": ("the entity's taxonomy", "Correct the taxonomy code as enrolled."),
    "153": ("the entity's identifier", "Correct the identifier."),
    "156": ("the patient's relationship to the subscriber", "Correct the relationship."),
    "157": ("the entity's sex", "Correct the sex as the payer knows it."),
    "158": ("the entity's date of birth", "Correct the date of birth as the payer knows it."),
    "162": ("the entity's health insurance number", "Compare the number with the card."),
    "163": ("the entity's policy or group number", "Compare the number with the card."),
    "164": ("the entity's member number", "Compare the member number with the card."),
    "171": ("other insurance", "Find out who pays first; bill in that order."),
    "178": ("the submitted charges", "Check that the lines add up to the claim's total."),
    "183": ("what the entity has paid", "Correct what another payer or the patient paid."),
    "187": ("the dates of service", "Correct the dates of service."),
    "188": ("the statement dates", "Correct the statement dates."),
    "189": ("the admission date", "Correct the admission date."),
    "218": ("the drug's NDC", "Correct the NDC: eleven digits, with unit and quantity."),
    "228": ("the type of bill", "Correct the type of bill."),
    "229": ("the source of admission", "Correct the point of origin."),
    "234": ("the patient's discharge status", "Correct the patient status."),
    "247": ("line information", "Correct the line named."),
    "249": ("the place of service", "Correct the place of service."),
    "254": ("the principal diagnosis", "Correct the first diagnosis."),
    "255": ("a diagnosis", "Correct it; it must be valid on the day of service."),
    "256": ("the diagnosis-related group", "Correct the DRG."),
    "286": ("another payer's decision", "Enter or attach its explanation of benefits."),
    "306": ("a description of the service", "Describe the service in the line's note."),
    "400": ("the amounts do not balance", "Make lines, payments and adjustments add up."),
    "453": ("a modifier", "Correct the modifier."),
    "454": ("the procedure code", "Correct the code for the day of service."),
    "455": ("the revenue code", "Correct the revenue code."),
    "464": ("the payer's own claim number", "Give the payer's number of the claim you refer to."),
    "465": ("the principal procedure", "Correct the principal procedure."),
    "476": ("the number of units", "Correct the units."),
    "477": ("the diagnosis pointer", "Point the line at a diagnosis of the claim."),
    "478": ("our claim number", "Correct the claim number."),
    "479": ("the other payer's identifier", "Correct the other payer's identifier."),
    "481": ("the format of the file", "Check the file with the X12 checker."),
    "488": ("the diagnoses for the services", "Correct the diagnoses."),
    "496": (
        "the submitter may not send for the entity",
        "Sign the payer's agreement, then send again.",
    ),
    "500": ("the entity's postal code", "Correct the ZIP code."),
    "501": ("the entity's state", "Correct the state."),
    "504": ("the entity's last name", "Correct the last name as on the card."),
    "505": ("the entity's first name", "Correct the first name as on the card."),
    "507": ("a HCPCS code", "Correct the procedure code."),
    "510": ("a date in the future", "Correct the date."),
    "511": ("a character that is not allowed", "Take the character out."),
    "516": ("the day of another payer's decision", "Enter when the other payer decided."),
    "521": ("the reason code of an adjustment", "Correct the adjustment of the other payer."),
    "535": ("the claim frequency", "Correct it; a replacement names the payer's first claim."),
    "562": ("the entity's NPI", "Correct the NPI; it must be known to this payer."),
    "684": ("an error of syntax", "Check the file with the X12 checker."),
    "718": ("it came after the filing limit", "Look for proof of timely filing and appeal."),
    "732": (
        "it does not agree with the billing guidelines",
        "Compare with the payer's billing guide.",
    ),
    "746": ("it is a duplicate submission", "Find the first claim; do not send again."),
}

ENTITIES = {
    "03": "dependent",
    "1P": "provider",
    "1Z": "home health provider",
    "36": "employer",
    "40": "receiver",
    "41": "submitter",
    "71": "attending physician",
    "72": "operating physician",
    "73": "other physician",
    "77": "service location",
    "82": "rendering provider",
    "85": "billing provider",
    "87": "pay-to provider",
    "AY": "clearinghouse",
    "DK": "ordering provider",
    "DN": "referring provider",
    "DQ": "supervising provider",
    "FA": "facility",
    "GB": "other insured",
    "IL": "subscriber",
    "PR": "payer",
    "QC": "patient",
}

_ASKS_NOTHING = frozenset(("A0", "A1", "A2", "A5", "F0", "F1", "P0", "P1", "P2"))


def sentence(code: StatusCode) -> str:
    """What one status says, as a sentence, and for anything but good news what to do next.

    Codes we have no words for are named by number: the lists change three times a year.
    """
    verdict = CATEGORIES.get(code.category, f"has status category {_shown(code.category)}")
    known = None if code.list else STATUSES.get(code.status)
    kind = "pharmacy reject code" if code.list == "RX" else "status code"
    about = known[0] if known else f"{kind} {_shown(code.status)}"
    entity = ENTITIES.get(code.entity, f"entity {_shown(code.entity)}" if code.entity else "")
    about = _about(about, entity)
    text = f"The claim {verdict}: {about}."
    if code.category in _ASKS_NOTHING:
        return text
    if code.category[:1] == "R" and code.category in CATEGORIES:
        return f"{text} Send the payer what it asked for before its deadline."
    hint = known[1] if known else "Look the code up in the list of claim status codes."
    if known is None or code.status == "0":
        hint = _HINTS.get(code.category, hint)
    return f"{text} {hint}"


def _about(about: str, entity: str) -> str:
    if not entity:
        return about.replace("the entity's", "someone's").replace("the entity", "a party")
    if "the entity" in about:
        return about.replace("the entity", f"the {entity}")
    return f"{about} ({entity})"


def _shown(code: str) -> str:
    """A code as it may be shown: short and plain, since a file can hold anything there."""
    return code if len(code) <= 4 and code.isalnum() else "of an unknown form"
