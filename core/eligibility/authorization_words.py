"""What a reviewer's answer says, in our own words, and what to do next."""

from __future__ import annotations

from core.eligibility.authorizations import AuthorizationAnswer, Decision, Rejection, all_rejections

# HCR01.
ACTIONS: dict[str, tuple[str, str]] = {
    "A1": ("is certified in full", "Give the service within its dates; bill with the number."),
    "A2": (
        "is certified in part",
        "Compare what is certified with what was asked; ask again for the rest.",
    ),
    "A3": ("is not certified", "Read the reason; correct and ask again, or appeal."),
    "A4": ("is pended", "Send what the reviewer asks for and wait for its answer."),
    "A6": (
        "is certified with changes",
        "Compare services, quantities and dates with what was asked.",
    ),
    "C": ("is cancelled", "Ask anew if the service is still to be given."),
    "CT": ("is not decided electronically", "Call the reviewer."),
    "NA": ("needs no authorization", "Give the service; keep this answer with the claim."),
}

# HCR03: why.
DECISION_REASONS: dict[str, tuple[str, str]] = {
    "01": ("the authorization has run out", "Ask for an extension."),
    "04": ("the quantity authorized is used up", "Ask for an extension with the reason."),
    "35": ("the provider is out of network", "Find a provider in network or ask for an exception."),
    "36": ("the test is not included", "Check the plan's list of tests."),
    "37": ("an outside reviewer will decide", "Wait for the outside reviewer's answer."),
    "41": ("access is restricted", "Check that the practice may ask for this patient."),
    "53": ("the service does not fit the kind of provider", "Check the provider's specialty."),
    "69": ("the service does not fit the patient's age", "Check birth date and code."),
    "70": ("the service does not fit the patient's sex", "Check sex and code."),
    "82": ("medical need is not shown", "Send the clinical notes or ask for a peer review."),
    "83": ("the level of care is not appropriate", "Ask for another level, or show why this one."),
    "84": ("no certification is required", "Give the service; keep this answer with the claim."),
    "85": ("an outside reviewer is responsible", "Send the request to the outside reviewer."),
    "86": ("it belongs to primary care", "Refer it to the primary care provider."),
    "87": ("it exceeds the plan's maximum", "Tell the patient what the plan will not pay."),
    "88": ("the plan does not cover it", "Tell the patient before the service, in writing."),
    "89": ("there was no approval before", "Ask whether it may be approved afterwards."),
    "90": ("information asked for did not come", "Send it and ask again."),
    "91": ("it was asked before", "Look for the answer to the first request."),
    "92": ("the service does not fit the diagnosis", "Check the diagnoses sent."),
    "96": ("it concerns a condition from before", "Check the plan's rules with the patient."),
    "98": ("it is experimental", "Send studies or appeal."),
    "E8": ("it needs medical review", "Send the clinical notes."),
}

# AAA03: why there is no decision at all.
REJECTIONS: dict[str, tuple[str, str]] = {
    "04": ("the quantity authorized is exceeded", "Ask for less or for an extension."),
    "15": ("something required is missing", "Check the request with the X12 checker."),
    "33": ("something in the request is wrong", "Check the request with the X12 checker."),
    "35": ("the provider is out of network", "Check who is in network."),
    "41": ("access is restricted", "Sign up with the reviewer for this kind of request."),
    "42": ("the reviewer cannot answer now", "Send it again later."),
    "43": ("the provider's number is missing or wrong", "Correct the NPI."),
    "44": ("the provider's name is missing or wrong", "Correct the provider's name."),
    "45": ("the provider's specialty is missing or wrong", "Correct the taxonomy code."),
    "46": ("the provider's telephone is missing or wrong", "Correct the telephone number."),
    "47": ("the provider's state is missing or wrong", "Correct the address."),
    "49": ("the provider is not the primary care provider", "Ask through primary care."),
    "51": ("the provider is not on file", "Enrol the provider with this payer."),
    "52": ("the days are outside the provider's enrolment", "Check the provider's enrolment."),
    "56": ("a date does not fit", "Correct the date."),
    "57": ("the days of service are missing or wrong", "Correct the days of service."),
    "58": ("the birth date is missing or wrong", "Correct the birth date as on the card."),
    "60": ("the birth date is after the service", "Correct the birth date or the service."),
    "61": ("the patient died before the service", "Check the patient and the days."),
    "62": ("the days are too far away", "Ask within the reviewer's window."),
    "64": ("the patient's number is missing or wrong", "Correct the member id."),
    "65": ("the patient's name is missing or wrong", "Correct the name as on the card."),
    "66": ("the patient's sex is missing or wrong", "Correct the sex on file."),
    "67": ("the patient is not found", "Check name, birth date and member id with the card."),
    "68": ("the patient's number is there twice", "Send name and birth date as well."),
    "71": ("the birth date differs from the plan's", "Correct the birth date as on the card."),
    "72": ("the subscriber's number is missing or wrong", "Correct the member id."),
    "73": ("the subscriber's name is missing or wrong", "Correct the name as on the card."),
    "74": ("the subscriber's sex is missing or wrong", "Correct the sex on file."),
    "75": ("the subscriber is not found", "Check member id and payer with the card."),
    "76": ("the subscriber's number is there twice", "Send name and birth date as well."),
    "77": ("the patient is not found under the subscriber", "Check who is insured."),
    "78": ("the subscriber is not in this plan", "Check payer and group with the card."),
    "79": ("a party's identifier is not valid", "Correct the payer or requester identifier."),
    "80": ("no answer came in time", "Send it again."),
    "82": ("medical need is not shown", "Send the clinical notes."),
    "95": ("the patient is not eligible", "Check eligibility for the day."),
    "97": ("the provider's address is missing or wrong", "Correct the address."),
    "AA": ("the authorization number is not found", "Correct the number of the authorization."),
    "AF": ("a diagnosis is missing or wrong", "Correct the diagnoses."),
    "AG": ("a procedure code is missing or wrong", "Correct the procedure code."),
    "AM": ("the admission date is missing or wrong", "Correct the admission date."),
    "AN": ("the discharge date is missing or wrong", "Correct the discharge date."),
    "AO": ("more about the patient's condition is needed", "Send the clinical notes."),
    "CI": ("the certification is not for this patient", "Check patient and number."),
    "E8": ("it needs medical review", "Send the clinical notes."),
    "IA": ("the authorization number has a wrong form", "Correct the number."),
    "MA": ("the authorization number is missing", "Add the number of the authorization."),
    "T4": ("the payer's name or identifier is missing", "Add the payer's identifier."),
    "T5": ("information for the certification is missing", "Send what the reviewer asks for."),
}

# AAA04: what may be done.
FOLLOW_UPS: dict[str, str] = {
    "C": "Correct it and send it again.",
    "J": "Send a new request later.",
    "N": "It may not be sent again.",
    "P": "Send the original request again.",
    "R": "It may be sent again.",
    "S": "Do not send it again; the reviewer will look into it.",
    "W": "Wait 30 days and send it again.",
    "X": "Wait 10 days and send it again.",
    "Y": "Do not send it again; the answer will come.",
}


def decision_sentence(decision: Decision, what: str = "The request") -> str:
    """A decision as a sentence, with what to do next. Reasons we have no words for go by number."""
    verdict, hint = ACTIONS.get(
        decision.action,
        (f"has decision {_shown(decision.action)}", "Look the code up or call the reviewer."),
    )
    told = []
    for reason in decision.reasons:
        words, advice = DECISION_REASONS.get(reason, (f"reason {_shown(reason)}", ""))
        told.append(words)
        hint = advice or hint
    because = f": {'; '.join(told)}" if told else ""
    return f"{what} {verdict}{because}. {hint}"


def rejection_sentence(rejection: Rejection) -> str:
    """Why there is no decision, and what may be done."""
    words, hint = REJECTIONS.get(
        rejection.reason,
        (f"reason {_shown(rejection.reason)}", "Look the code up or call the reviewer."),
    )
    follow_up = FOLLOW_UPS.get(rejection.follow_up, "Ask the reviewer whether to send it again.")
    return f"The request was refused: {words}. {hint} {follow_up}"


def sentences(answer: AuthorizationAnswer) -> tuple[str, ...]:
    """All that an answer says: refusals first, then the decision on the event and each service."""
    told = [rejection_sentence(rejection) for rejection in all_rejections(answer)]
    if answer.event is not None and answer.event.decision is not None:
        told.append(decision_sentence(answer.event.decision))
    for place, service in enumerate(answer.services, 1):
        if service.decision is not None:
            told.append(decision_sentence(service.decision, f"Service {place}"))
    return tuple(told) or ("The answer holds no decision. Call the reviewer.",)


def _shown(code: str) -> str:
    """A code as it may be shown: short and plain, since a file can hold anything there."""
    plain = len(code) <= 4 and code.isalnum() and code.isascii()
    return code if plain else "of an unknown form"
