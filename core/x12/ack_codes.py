"""The code numbers of 999 and TA1, in our own words, and which of our findings they stand for."""

from __future__ import annotations

import re

from core.x12.report import Status

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
}
SEGMENT_WORDS = {
    "1": "the segment id is not known",
    "2": "the segment does not belong here; look at what stands before it",
    "3": "a required segment is missing here; add it",
    "4": "the loop comes too often",
    "5": "the segment comes too often",
    "6": "the segment is not part of this transaction",
    "7": "the segment stands in the wrong order",
    "8": "the segment has wrong elements",
    "I4": "the guide does not use this segment; leave it out",
    "I6": "a segment that the situation requires is missing; add it",
    "I7": "a required loop is missing here; add it",
    "I8": "the segment comes too seldom",
    "I9": "the situation does not allow this segment; leave it out",
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
}
ELEMENT_WORDS = {
    "1": "a required value is missing",
    "2": "a value is missing that another one demands",
    "3": "there are more elements than the segment has",
    "4": "the value is too short",
    "5": "the value is too long",
    "6": "the value holds characters that are not allowed",
    "7": "the code is not one of those allowed",
    "8": "the date is wrong",
    "9": "the time is wrong",
    "10": "two values exclude each other",
    "12": "the value is repeated too often",
    "13": "the value has too many components",
    "I6": "the guide does not use this code",
    "I9": "a value that the situation requires is missing",
    "I10": "the guide does not use this element; leave it empty",
    "I11": "the value is repeated too seldom",
    "I12": "the value does not agree with the others, as the guide demands",
    "I13": "the situation does not allow this value",
}

# Our finding -> IK502 and following.
TRANSACTION_CODES = {
    "transaction-unclosed": "2",
    "transaction-control": "3",
    "segment-count": "4",
    "wrong-group": "6",
    "control-repeated": "23",
}
TRANSACTION_WORDS = {
    "1": "the receiver does not take this kind of transaction",
    "2": "the SE segment is missing",
    "3": "ST and SE have different control numbers",
    "4": "the number of segments is not what SE says",
    "5": "one or more segments are wrong",
    "6": "the kind of transaction is missing or wrong",
    "7": "the control number is missing or wrong",
    "18": "the kind of transaction does not belong into this group",
    "19": "the transaction does not agree with its group",
    "23": "the control number was used before in the group",
    "24": "security segments are missing",
    "I5": "the guide version is wrong or missing",
    "I6": "the receiver does not take this guide version",
}

# Our finding -> AK905 and following.
GROUP_CODES = {
    "group-unclosed": "3",
    "interchange-unclosed": "3",
    "group-control": "4",
    "transaction-count": "5",
    "group-repeated": "19",
}
GROUP_WORDS = {
    "1": "the receiver does not take this kind of group",
    "2": "the receiver does not take this version",
    "3": "the GE segment is missing",
    "4": "GS and GE have different control numbers",
    "5": "the number of transactions is not what GE says",
    "6": "the group control number is wrong",
    "19": "the group control number was used before",
}

# Our finding -> TA105.
NOTE_OF_CODE = {
    "interchange-repeated": "025",
    "interchange-control": "001",
    "group-count": "021",
    "interchange-unclosed": "023",
    "group-unclosed": "022",
    "outside": "024",
}
NOTE_OF_ISA_ELEMENT = {
    1: "010", 2: "011", 3: "012", 4: "013", 5: "005", 6: "006", 7: "007", 8: "008",
    9: "014", 10: "015", 11: "026", 12: "017", 13: "018", 14: "019", 15: "020", 16: "027",
}  # fmt: skip
INTERCHANGE_WORDS = {
    "001": "ISA and IEA have different control numbers",
    "002": "the standard named in the ISA is not supported",
    "003": "the version of the controls is not supported",
    "004": "the segment terminator is wrong",
    "005": "the qualifier of the sender id is wrong",
    "006": "the sender id is wrong or not known there; check the enrolment",
    "007": "the qualifier of the receiver id is wrong",
    "008": "the receiver id is wrong",
    "009": "the receiver id is not known there",
    "010": "the authorization qualifier is wrong",
    "011": "the authorization value is wrong",
    "012": "the security qualifier is wrong",
    "013": "the security value is wrong",
    "014": "the interchange date is wrong",
    "015": "the interchange time is wrong",
    "016": "the standards id is wrong",
    "017": "the version of the interchange is wrong",
    "018": "the interchange control number is wrong",
    "019": "the request for an acknowledgement is wrong",
    "020": "the test or production mark is wrong",
    "021": "the number of groups is not what IEA says",
    "022": "the envelope segments do not fit together",
    "023": "the file breaks off; send it again",
    "024": "a segment in the envelope is wrong",
    "025": "this interchange control number was used before; send with a new one",
    "026": "the element separator is wrong",
    "027": "the component separator is wrong",
    "028": "the delivery date is wrong",
    "029": "the delivery time is wrong",
    "030": "the delivery time code is wrong",
    "031": "the grade of service is wrong",
}
