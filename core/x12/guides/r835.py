"""835, the remittance advice: 005010X221A1."""

from __future__ import annotations

from core.x12.guides import MANY, Guide, Loop, Row
from core.x12.guides.parts_837 import MIA, MOA, adjustments

_PROCEDURE = "1R=AD|ER|HC|HP|IV|N4|N6|NU|UI|WK 2R 3 4 5 6"
_SUBMITTED = "1R=AD|ER|HC|HP|IV|N4|NU|WK 2R 3 4 5 6"
_STATUS = "1|2|3|4|19|20|21|22|23|25"
_FILING = "12|13|14|15|16|17|AM|CH|DS|HM|LM|MA|MB|MC|OF|TV|VA|WC|ZZ"
_REASONS = (
    "50|51|72|90|AH|AM|AP|B2|B3|BD|BN|C5|CR|CS|CT|CV|CW|DM|E3|FB|FC|GO|HM|IP|IR|IS|J1|L3|L6|LE"
    "|LS|OA|OB|PI|PL|RA|RE|SL|TL|WO|WU"
)
_CAS = adjustments(99, "CO|OA|PI|PR")


def _dtm(kind: str, repeat: int = 1, name: str = "") -> Row:
    return Row("DTM", "S", repeat, f"1R={kind} 2R", name)


def _ref(kinds: str, repeat: int, name: str) -> Row:
    return Row("REF", "S", repeat, f"1R={kinds} 2R", name)


def _party(entity: str, kind: str, tail: str, name: str, usage: str = "S") -> Row:
    return Row("NM1", usage, 1, f"1R={entity} 2R={kind} {tail}", name)


def _adjustment(place: int) -> str:
    usage = "R" if place == 3 else "S"
    return f"{place}{usage}(1R={_REASONS} 2) {place + 1}{usage}"


_SERVICE = Loop(
    "2110",
    "S",
    999,
    (
        Row("SVC", "R", 1, f"1R({_PROCEDURE}) 2R 3R 4 5 6({_SUBMITTED} 7) 7", "service"),
        _dtm("150|151|472", 2, "service date"),
        _CAS,
        _ref("1S|APC|BB|E9|G1|G3|LU|RB", 8, "service number"),
        _ref("6R", 1, "line number"),
        _ref("0B|1A|1B|1C|1D|1G|1H|1J|D3|G2|HPI|SY|TJ", 10, "rendering provider number"),
        _ref("0K", 5, "policy"),
        Row("AMT", "S", 9, "1R=B6|KH|T|T2|ZK|ZL|ZM|ZN|ZO 2R", "amount"),
        Row("QTY", "S", 6, "1R=ZK|ZL|ZM|ZN|ZO 2R", "quantity"),
        Row("LQ", "S", 99, "1R=HE|RX 2R", "remark"),
    ),
    "service",
)

_CLAIM = Loop(
    "2100",
    "R",
    MANY,
    (
        Row("CLP", "R", 1, f"1R 2R={_STATUS} 3R 4R 5 6R={_FILING} 7R 8 9 11 12 13", "claim"),
        _CAS,
        _party("QC", "1", "3 4 5 7 8=34|HN|II|MI|MR 9", "patient", "R"),
        _party("IL", "1|2", "3 4 5 7 8R=FI|II|MI 9R", "subscriber"),
        _party("74", "1|2", "3 4 5 7 8=C 9", "corrected patient"),
        _party("82", "1|2", "3 4 5 7 8R=BD|BS|FI|MC|PC|SL|UP|XX 9R", "rendering provider"),
        _party("TT", "2", "3R 8R=AD|FI|NI|PI|PP|XV 9R", "crossover carrier"),
        _party("PR", "2", "3R 8R=AD|FI|NI|PI|PP|XV 9R", "corrected payer"),
        _party("GB", "1|2", "3 4 5 7 8=FI|II|MI 9", "other subscriber"),
        MIA,
        MOA,
        _ref("1L|1W|28|6P|9A|9C|BB|CE|EA|F8|G1|G3|IG|SY", 5, "claim number"),
        _ref("0B|1A|1B|1C|1D|1G|1H|1J|D3|G2|LU", 10, "rendering provider number"),
        _dtm("036", name="coverage ends"),
        _dtm("232|233", 2, "statement period"),
        _dtm("050", name="received"),
        Row("PER", "S", 2, "1R=CX 2 3R=EM|FX|TE 4R 5=EM|EX|FX|TE 6 7=EX 8", "claim contact"),
        Row("AMT", "S", 13, "1R=AU|D8|DY|F5|I|NL|T|T2|ZK|ZL|ZM|ZN|ZO 2R", "amount"),
        Row("QTY", "S", 14, "1R=CA|CD|LA|LE|NE|NR|OU|PS|VS|ZK|ZL|ZM|ZN|ZO 2R", "quantity"),
        _SERVICE,
    ),
    "claim",
)

_PAYER = Loop(
    "1000A",
    "R",
    1,
    (
        Row("N1", "R", 1, "1R=PR 2R 3=XV 4", "payer"),
        Row("N3", "R", 1, "1R 2", "street"),
        Row("N4", "R", 1, "1R 2 3 4 7", "city"),
        _ref("2U|EO|HI|NF", 4, "payer number"),
        Row("PER", "S", 1, "1R=CX 2 3=EM|FX|TE 4 5=EM|EX|FX|TE 6 7=EX 8", "business contact"),
        Row("PER", "R", MANY, "1R=BL 2 3=EM|TE|UR 4 5=EM|EX|FX|TE|UR 6 7=EM|EX|FX|UR 8", "contact"),
        Row("PER", "S", 1, "1R=IC 3R=UR 4R", "web site"),
    ),
    "payer",
)

_PAYEE = Loop(
    "1000B",
    "R",
    1,
    (
        Row("N1", "R", 1, "1R=PE 2R 3R=FI|XV|XX 4R", "payee"),
        Row("N3", "S", 1, "1R 2", "street"),
        Row("N4", "S", 1, "1R 2 3 4 7", "city"),
        _ref("0B|D3|PQ|TJ", MANY, "payee number"),
        Row("RDM", "S", 1, "1R=BM|EM|FT|OL 2 3", "delivery"),
    ),
    "payee",
)

_HEADER = Loop(
    "2000",
    "S",
    MANY,
    (
        Row("LX", "R", 1, "1R", "claim group"),
        Row("TS3", "S", 1, "1R 2R 3R 4R 5R 13 15 17 18 20 21 22 23 24", "provider summary"),
        Row("TS2", "S", 1, "1-19", "supplemental summary"),
        _CLAIM,
    ),
    "claim group",
)

GUIDE = Guide(
    "835",
    "835",
    "HP",
    ("005010X221", "005010X221A1"),
    Loop(
        "",
        "R",
        1,
        (
            Row("ST", "R", 1, "1R=835 2R 3", "transaction"),
            Row(
                "BPR",
                "R",
                1,
                "1R=C|D|H|I|P|U|X 2R 3R=C|D 4R=ACH|BOP|CHK|FWT|NON 5=CCP|CTX 6=01|04 7 8=DA 9 10"
                " 11 12=01|04 13 14=DA|SG 15 16R",
                "payment",
            ),
            Row("TRN", "R", 1, "1R=1 2R 3R 4", "trace number"),
            Row("CUR", "S", 1, "1R=PR 2R 3", "currency"),
            _ref("EV", 1, "receiver"),
            _ref("F2", 1, "version"),
            _dtm("405", name="production date"),
            _PAYER,
            _PAYEE,
            _HEADER,
            Row(
                "PLB",
                "S",
                MANY,
                f"1R 2R {' '.join(_adjustment(place) for place in range(3, 15, 2))}",
                "provider adjustment",
            ),
        ),
    ),
    "CLP",
)
