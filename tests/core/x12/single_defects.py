"""All single defects there are; those of SNIP 4 and 5 apart, as only their places are compared."""

from __future__ import annotations

from tests.core.x12.defect_edits import after, drop, put, text, unseen
from tests.core.x12.envelope_defects import ENVELOPE, SYNTAX
from tests.core.x12.guide_defects import BALANCE, ELEMENTS, MISSING, ORDER

DEFECTS = (*ENVELOPE, *SYNTAX, *MISSING, *ELEMENTS, *ORDER, *BALANCE)

# A defect and where it must be named. The codes are those of the checks, so only the place is
# compared.
SITUATIONS = (
    unseen("pointer to no diagnosis", "837P", put("SV1", 7, "4"), 4, "SV1", 7, ""),
    unseen("secondary without other payer", "837P", put("SBR#2", 1, "S"), 4, "SBR#2", 0, ""),
    unseen("replacement without F8", "837P", drop("REF*F8"), 4, "CLM#2", 5, ""),
    unseen("void without F8", "837I", put("CLM", 5, "13:A:8"), 4, "CLM", 5, ""),
    unseen("born after the service", "837P", put("DMG#2", 2, "20260209"), 4, "DMG#2", 2, ""),
    unseen("service in the future", "837P", put("DTP*472#3", 3, "20260301"), 4, "DTP*472#3", 3, ""),
    unseen("no state in the US", "837P", text("N4", "N4*BOSTON**021101234"), 4, "N4", 2, ""),
    unseen("no postal code in the US", "837P", text("N4", "N4*BOSTON*MA"), 4, "N4", 3, ""),
    unseen("patient is subscriber without address", "837P", drop("N3*7", 2), 4, "NM1*IL#2", 0, ""),
    unseen("HL04 says a patient follows", "837P", put("HL*4", 4, "1"), 4, "HL*4", 4, ""),
    unseen("accident without its date", "837P", put("CLM", 11, "AA:::MA"), 4, "CLM", 11, ""),
    unseen("auto accident without state", "837P", put("CLM", 11, "AA"), 4, "CLM", 11, ""),
    unseen("payment in the future", "835", put("BPR", 16, "20270110"), 4, "BPR", 16, ""),
    unseen(
        "ACH without account",
        "835",
        text("BPR", "BPR*I*187.5*C*ACH************20260210"),
        4,
        "BPR",
        0,
        "",
    ),
    unseen(
        "subscriber without a member id",
        "837P",
        text("NM1*IL", "NM1*IL*1*MORGAN*ALICE"),
        4,
        "NM1*IL",
        0,
        "",
    ),
)
CODE_SETS = (
    unseen("NPI check digit", "837P", put("NM1*85", 9, "1102030405"), 5, "NM1*85", 9, ""),
    unseen("NPI of nine digits", "837P", put("NM1*82", 9, "112425262"), 5, "NM1*82", 9, ""),
    unseen("NPI of a payee", "835", put("N1*PE", 4, "1102030405"), 5, "N1*PE", 4, ""),
    unseen("diagnosis with a dot", "837P", put("HI", 1, "ABK:J06.9"), 5, "HI", 1, ""),
    unseen("diagnosis that is none", "837P", put("HI", 1, "ABK:123"), 5, "HI", 1, ""),
    unseen("CPT 00000", "837P", put("SV1", 1, "HC:00000"), 5, "SV1", 1, ""),
    unseen("procedure of four digits", "837P", put("SV1", 1, "HC:9921"), 5, "SV1", 1, ""),
    unseen("modifier @@", "837P", put("SV1", 1, "HC:99213:@@"), 5, "SV1", 1, ""),
    unseen("place of service", "837P", put("CLM", 5, "00:B:1"), 5, "CLM", 5, ""),
    unseen("frequency", "837P", put("CLM", 5, "11:B:X"), 5, "CLM", 5, ""),
    unseen("taxonomy", "837P", put("PRV", 3, "000000000X"), 5, "PRV", 3, ""),
    unseen("state", "837P", put("N4", 2, "XX"), 5, "N4", 2, ""),
    unseen("revenue code 9999", "837I", put("SV2", 1, "9999"), 5, "SV2", 1, ""),
    unseen("bill type", "837I", put("CLM", 5, "99:A:1"), 5, "CLM", 5, ""),
    unseen("discharge status", "837I", put("CL1", 3, "ZZ"), 5, "CL1", 3, ""),
    unseen("CDT code", "837D", put("SV3", 1, "AD:X2391"), 5, "SV3", 1, ""),
    unseen("tooth", "837D", put("TOO", 2, "99"), 5, "TOO", 2, ""),
    unseen("CARC", "835", put("CAS", 2, "9999"), 5, "CAS", 2, ""),
    unseen("CARC of a line in an 837", "COB", put("CAS*CO", 2, "ZZZ"), 5, "CAS*CO", 2, ""),
    unseen("RARC", "835", put("LQ", 2, "ZZ99"), 5, "LQ", 2, ""),
    unseen("claim status 9999", "277CA", put("STC*A2", 1, "A2:9999:PR"), 5, "STC*A2", 1, ""),
    unseen("claim status category", "277CA", put("STC*A2", 1, "Z9:20:PR"), 5, "STC*Z9", 1, ""),
)
# Against the standard, but read in one way only: a warning, and the transaction is taken.
WARNED = (
    unseen(
        "component separator at the end",
        "837P",
        put("SV1", 1, "HC:99213:"),
        1,
        "SV1",
        1,
        "trailing-separator",
    ),
    unseen("only blanks", "837P", put("NM1*QC", 4, "  "), 1, "NM1*QC", 4, "only-blanks"),
    unseen(
        "HL02 names a level further up", "837P", put("HL*3", 2, "1"), 2, "HL*3", 2, "level-parent"
    ),
)
# A right thing that is newer than any table of ours is a warning at most.
NOT_WRONG = (
    unseen("newer CARC", "835", put("CAS", 2, "300"), 5, "CAS", 2, ""),
    # Odd, but no guide forbids it, and published files that are held to be good have it.
    unseen(
        "paid date before the service", "COB", put("DTP*573", 3, "20260101"), 4, "DTP*573", 3, ""
    ),
    unseen("note on a claim", "837P", after("REF*D9", "NTE*ADD*SEEN WITH MOTHER"), 5, "NTE", 0, ""),
)
