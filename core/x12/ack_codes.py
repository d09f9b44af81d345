"""The code numbers of 999 and TA1, in our own words, and which of our findings they stand for."""

from __future__ import annotations

import re

from core.x12.report import Status

# Code -> what it says, and what to do.
Words = dict[str, tuple[str, str]]

CONTROL_NUMBER = re.compile(r"\d{9}", re.ASCII)

STATUS_LETTERS = {
    Status.ACCEPTED: "A",
    Status.ACCEPTED_WITH_ERRORS: "E",
    Status.REJECTED: "R",
}
VERDICT_WORDS = {
    "A": "accepted",
    "E": "accepted, but with errors noted",
    "P": "accepted in part",
    "R": "rejected",
    "M": "rejected because its authentication failed",
    "W": "rejected because its assurance failed",
    "X": "rejected because it could not be decrypted",
}

# Our finding -> IK304.
SEGMENT_CODES = {
    "segment-unknown": "1",
    "segment-unexpected": "2",
    "segment-missing": "3",
    "loop-repeats": "4",
    "segment-repeats": "5",
    "segment-order": "7",
    "loop-missing": "I7",
    # Told at a segment that stands there, of one that the situation demands beside it.
    "subscriber-facts": "I6",
    "paid-amount-missing": "I6",
    "crossover-missing": "I6",
    "service-date-missing": "I6",
    "crossover-unexpected": "I9",
}
SEGMENT_WORDS: Words = {
    "1": ("the segment id is not known", "correct the id or leave the segment out"),
    "2": ("the segment does not belong here", "look at what stands before it"),
    "3": ("a required segment is missing here", "add it"),
    "4": ("the loop comes too often", "divide the claim or leave some out"),
    "5": ("the segment comes too often", "leave some out"),
    "6": ("the segment is not part of this transaction", "leave it out"),
    "7": ("the segment stands in the wrong order", "move it to its place"),
    "8": ("the segment has wrong elements", "put right the elements named"),
    "I4": ("the guide does not use this segment", "leave it out"),
    "I6": ("a segment that the situation requires is missing", "add it"),
    "I7": ("a required loop is missing here", "add it"),
    "I8": ("the segment comes too seldom", "add what is missing"),
    "I9": ("the situation does not allow this segment", "leave it out"),
}

# Our finding -> IK403.
ELEMENT_CODES = {
    "element-missing": "1",
    "element-condition": "2",
    "too-many-elements": "3",
    "trailing-separator": "3",
    "too-short": "4",
    "too-long": "5",
    "bad-characters": "6",
    "bad-number": "6",
    "code-value": "7",
    "bad-date": "8",
    "bad-time": "9",
    "element-exclusion": "10",
    "too-many-repetitions": "12",
    "too-many-components": "13",
    "element-not-used": "I10",
    "version-differs": "7",
    "payer-unknown": "7",
    "level-number": "7",
    "level-parent": "7",
    "line-number": "7",
    "code-unknown": "7",
    "code-ended": "7",
    "code-not-yet": "7",
    "code-shape": "7",
    "npi-check-digit": "7",
    # Situations: a value missing (I9), one too many (I13); all others do not agree (I12).
    "state-missing": "I9",
    "postal-code-missing": "I9",
    "patient-unknown": "I9",
    "attachment-number": "I9",
    "accident-state": "I9",
    "insurance-kind": "I9",
    "bank-data-missing": "I9",
    "payment-format-missing": "I9",
    "organization-first-name": "I13",
    "children-denied": "I13",
    "patient-twice": "I13",
}
ELEMENT_WORDS: Words = {
    "1": ("a required value is missing", "fill it in"),
    "2": ("a value is missing that another one demands", "fill in both or neither"),
    "3": ("there are more elements than the segment has", "leave out what is too much"),
    "4": ("the value is too short", "correct it"),
    "5": ("the value is too long", "shorten it"),
    "6": ("the value holds characters that are not allowed", "take them out"),
    "7": ("the code is not one of those allowed", "choose a code of the list"),
    "8": ("the date is wrong", "correct the date"),
    "9": ("the time is wrong", "correct the time"),
    "10": ("two values exclude each other", "leave one of them out"),
    # Not of the standard's list, yet the guide's readers let it pass and some answers hold it.
    "11": ("the value is wrong in a way the standard has no words for", "ask the receiver"),
    "12": ("the value is repeated too often", "leave some out"),
    "13": ("the value has too many components", "leave some out"),
    "I6": ("the guide does not use this code", "choose another one"),
    "I9": ("a value that the situation requires is missing", "fill it in"),
    "I10": ("the guide does not use this element", "leave it empty"),
    "I11": ("the value is repeated too seldom", "add what is missing"),
    "I12": ("the value does not agree with what the guide demands", "compare it with the others"),
    "I13": ("the situation does not allow this value", "leave it empty"),
}

# Our finding -> IK502 and following.
TRANSACTION_CODES = {
    "transaction-unclosed": "2",
    "transaction-control": "3",
    "segment-count": "4",
    "wrong-group": "18",
    "control-repeated": "23",
}
_SECURITY = "ask the receiver which security it expects"
TRANSACTION_WORDS: Words = {
    "1": ("the receiver does not take this kind of transaction", "ask where to send it"),
    "2": ("the SE segment is missing", "send the file again whole"),
    "3": ("ST and SE have different control numbers", "make the file anew"),
    "4": ("the number of segments is not what SE says", "make the file anew"),
    "5": ("one or more segments are wrong", "put right the segments named and send it again"),
    "6": ("the kind of transaction is missing or wrong", "correct the ST segment"),
    "7": ("the control number is missing or wrong", "correct the ST segment"),
    "8": ("the name of the authentication key is not known there", _SECURITY),
    "9": ("the name of the encryption key is not known there", _SECURITY),
    "10": ("the security service asked for is not offered", _SECURITY),
    "11": ("the recipient named for security is not known", _SECURITY),
    "12": ("the encrypted text has the wrong length", "send the file again whole"),
    "13": ("the authentication code does not fit the text", "send the file again whole"),
    "15": ("the originator named for security is not known", _SECURITY),
    "16": ("the text is wrong after it was decrypted", _SECURITY),
    "17": ("security is not supported there", "send it without"),
    "18": (
        "the kind of transaction does not belong into this group",
        "send it in a group of its own kind",
    ),
    "19": ("the guide named in the ST segment is wrong", "name the guide version agreed"),
    "23": ("the control number was used before in the group", "number the transactions anew"),
    "24": ("the end of the outer security part is missing", _SECURITY),
    "25": ("the start of the outer security part is missing", _SECURITY),
    "26": ("the end of the inner security part is missing", _SECURITY),
    "27": ("the start of the inner security part is missing", _SECURITY),
    "I5": (
        "one or more segments do not follow the guide",
        "put right the segments named and send it again",
    ),
    "I6": ("the receiver does not take this guide version", "ask which version it takes"),
}

# Our finding -> AK905 and following.
GROUP_CODES = {
    "group-unclosed": "3",
    "interchange-unclosed": "3",
    "group-control": "4",
    "transaction-count": "5",
    "group-repeated": "19",
}
GROUP_WORDS: Words = {
    "1": ("the receiver does not take this kind of group", "ask where to send it"),
    "2": ("the receiver does not take this version", "ask which version it takes"),
    "3": ("the GE segment is missing", "send the file again whole"),
    "4": ("GS and GE have different control numbers", "make the file anew"),
    "5": ("the number of transactions is not what GE says", "send the file again whole"),
    "6": ("the group control number is wrong", "correct the GS segment"),
    "10": ("the name of the authentication key is not known there", _SECURITY),
    "11": ("the name of the encryption key is not known there", _SECURITY),
    "12": ("the security service asked for is not offered", _SECURITY),
    "13": ("the recipient named for security is not known", _SECURITY),
    "14": ("the originator named for security is not known", _SECURITY),
    "15": ("the text is wrong after it was decrypted", _SECURITY),
    "16": ("security is not supported there", "send it without"),
    "17": ("the encrypted text has the wrong length", "send the file again whole"),
    "18": ("the authentication code does not fit the text", "send the file again whole"),
    "19": ("the group control number was used before", "number the groups anew"),
    "23": ("the end of the outer security part is missing", _SECURITY),
    "24": ("the start of the outer security part is missing", _SECURITY),
    "25": ("the end of the inner security part is missing", _SECURITY),
    "26": ("the start of the inner security part is missing", _SECURITY),
}
# Of the elements of GS and GE, the codes that name them.
GROUP_ELEMENT_CODES = {
    ("GS", 1): "1",
    ("GS", 6): "6",
    ("GS", 7): "2",
    ("GS", 8): "2",
    ("GE", 1): "5",
    ("GE", 2): "4",
}

# Our finding -> TA105.
NOTE_OF_CODE = {
    "interchange-repeated": "025",
    "interchange-control": "001",
    "group-count": "021",
    "interchange-unclosed": "023",
    "group-unclosed": "022",
    "outside": "024",
    "too-many-envelopes": "024",
}
# What is wrong in IEA and is no count and no number of ours.
NOTE_OF_IEA_ELEMENT = {1: "021", 2: "001"}
NOTE_OF_ISA_ELEMENT = {
    1: "010", 2: "011", 3: "012", 4: "013", 5: "005", 6: "006", 7: "007", 8: "008",
    9: "014", 10: "015", 11: "026", 12: "017", 13: "018", 14: "019", 15: "020", 16: "027",
}  # fmt: skip
_PAPERS = "compare with what was agreed at enrolment"
INTERCHANGE_WORDS: Words = {
    "000": ("there is no error", ""),
    "001": ("ISA and IEA have different control numbers", "send the file again whole"),
    "002": ("the standard named in the ISA is not supported", _PAPERS),
    "003": ("the version of the controls is not supported", _PAPERS),
    "004": ("the segment terminator is wrong", _PAPERS),
    "005": ("the qualifier of the sender id is wrong", _PAPERS),
    "006": ("the sender id is wrong or not known there", "check the enrolment"),
    "007": ("the qualifier of the receiver id is wrong", _PAPERS),
    "008": ("the receiver id is wrong", _PAPERS),
    "009": ("the receiver id is not known there", "ask for the receiver's id"),
    "010": ("the authorization qualifier is wrong", _PAPERS),
    "011": ("the authorization value is wrong", _PAPERS),
    "012": ("the security qualifier is wrong", _PAPERS),
    "013": ("the security value is wrong", _PAPERS),
    "014": ("the interchange date is wrong", "correct ISA element 9"),
    "015": ("the interchange time is wrong", "correct ISA element 10"),
    "016": ("the standards id is wrong", "correct ISA element 11"),
    "017": ("the version of the interchange is wrong", "correct ISA element 12"),
    "018": ("the interchange control number is wrong", "correct ISA element 13"),
    "019": ("the request for an acknowledgement is wrong", "correct ISA element 14"),
    "020": ("the test or production mark is wrong", "correct ISA element 15"),
    "021": ("the number of groups is not what IEA says", "send the file again whole"),
    "022": ("the envelope segments do not fit together", "send the file again whole"),
    "023": ("the file breaks off", "send it again whole"),
    "024": ("a segment in the envelope is wrong", "look at the GS and GE segments"),
    "025": ("this interchange control number was used before", "send it with a new one"),
    "026": ("the element separator is wrong", _PAPERS),
    "027": ("the component separator is wrong", _PAPERS),
    "028": ("the delivery date is wrong", "leave the deferred delivery out"),
    "029": ("the delivery time is wrong", "leave the deferred delivery out"),
    "030": ("the delivery time code is wrong", "leave the deferred delivery out"),
    "031": ("the grade of service is wrong", "leave it out"),
}


def words(codes: Words, code: str) -> str:
    """What ``code`` says and what to do about it; a code that we do not know is named.

    Only a code that is short and plain is shown: a file can hold anything in its place.
    """
    known = codes.get(code)
    if known is None:
        shown = code if len(code) <= 3 and code.isascii() and code.isalnum() else "of an odd form"
        return f"code {shown}, which we do not know; look it up in the guide"
    return "; ".join(part for part in known if part)
