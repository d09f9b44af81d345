"""What request and answer of a 278 share: parties, facts of the care, services."""

from __future__ import annotations

from core.x12.guides import Loop, Row

CERTIFICATIONS = "1|2|3|4|5|6|I|N|R|S"
CONTACT = "1R=IC 2 3=EM|FX|TE|UR 4 5=EM|EX|FX|TE|UR 6 7=EM|EX|FX|TE|UR 8"
REPORTS = (
    "03|04|05|06|07|08|09|10|11|13|15|21|48|55|59|77|A3|A4|AM|AS|AT|B2|B3|B4|BR|BS|BT|CB|CK|CT|D2"
    "|DA|DB|DG|DJ|DS|EB|FM|HC|HR|I5|IR|LA|M1|MT|NN|OB|OC|OD|OE|OX|OZ|P4|P5|P6|P7|PE|PN|PO|PQ|PY|PZ"
    "|QC|QR|RB|RR|RT|RX|SG|V5|XP"
)
DIAGNOSES = "ABF|ABJ|ABK|APR|BF|BJ|BK|DR|LOI|PR"
# NM101 of the providers of the whole event, and of one service.
EVENT_PROVIDERS = "1T|71|72|73|77|AAJ|DD|DK|DN|DQ|FA|G3|P3|QB|QV|SJ"
SERVICE_PROVIDERS = "1T|72|73|77|DD|DK|DQ|FA|G3|P3|QB|QV|SJ"
TRANSPORT_PLACES = "45|FS|ND|PW|R3"
OTHER_REVIEWERS = "00|2B|ABG|GP|GW|I3|PR|X3"
# Why a review was refused before any decision (AAA03), and what may be done about it (AAA04).
REASONS = (
    "04|15|33|35|41|42|43|44|45|46|47|49|51|52|53|54|56|57|58|60|61|62|63|64|65|66|67|68|69|70|71"
    "|72|73|74|75|76|77|78|79|80|82|83|84|85|86|87|88|89|90|91|92|95|96|97|98|AA|AE|AF|AG|AH|AI|AJ"
    "|AK|AL|AM|AN|AO|CI|E8|IA|MA|T1|T2|T3|T4|T5"
)
AAA = Row("AAA", "S", 9, f"1R=N|Y 3R={REASONS} 4R=C|J|N|P|R|S|W|X|Y", "refused")

_PROVIDER_NUMBERS = "0B|1G|1J|EI|G5|N5|N7|SY|ZH"
_MEMBER_NUMBERS = "1L|1W|3L|6P|DP|EJ|F6|HJ|IG|N6|NQ|SY|Y4"
N3 = Row("N3", "S", 1, "1R 2", "street")
N4 = Row("N4", "S", 1, "1 2 3 4 7", "city")
PER = Row("PER", "S", 1, CONTACT, "contact")
PRV = Row("PRV", "S", 1, "1R=AD|AS|AT|CO|CV|OP|OR|OT|PC|PE|RF|SB 2R=PXC 3R", "specialty")
DMG = Row("DMG", "S", 1, "1R=D8 2R 3=F|M|U", "birth and sex")


def trace(kinds: str, repeat: int) -> Row:
    """The sender's own number of an event or service, to find it again in the answer."""
    return Row("TRN", "S", repeat, f"1R={kinds} 2R 3R 4", "trace number")


def dtp(kind: str, form: str, name: str) -> Row:
    """A date of ``kind`` in one of the forms."""
    return Row("DTP", "S", 1, f"1R={kind} 2R={form} 3R", name)


def ref(kinds: str, name: str, repeat: int = 1) -> Row:
    """A reference number of one of ``kinds``."""
    return Row("REF", "S", repeat, f"1R={kinds} 2R", name)


def review(usage: str) -> Row:
    """UM: what is asked for."""
    required = "R" if usage == "R" else ""
    return Row(
        "UM",
        usage,
        1,
        f"1R=AR|HS|IN|SC 2{required}={CERTIFICATIONS} 3 4(1R 2R=A|B 3)"
        " 5(1R=AA|AP|EM 2=AP|EM 3 4 5) 6=03|E|U 7 8=1|2|3|4|5|6|7|8 9=A|I|M|O|Y"
        " 10=1|2|3|4|7|8|10|11|15",
        "review",
    )


HSD = Row(
    "HSD",
    "S",
    1,
    "1=DY|FL|HS|MN|VS 2 3=DA|MO|WK|YR 4 5=6|7|21|22|23|24|25|26|27|29|34|35 6 7 8",
    "delivery of services",
)
PWK = Row("PWK", "S", 10, f"1R={REPORTS} 2R=AA|BM|EL|EM|FX|VO 5=AC 6 7", "attachment")
MSG = Row("MSG", "S", 1, "1R", "message")
PREVIOUS = ref("BB", "authorization before")
ADMINISTRATIVE = ref("NT", "administrative number")
EVENT_DATES = (
    dtp("439", "D8", "accident"),
    dtp("484", "D8", "last menstrual period"),
    dtp("ABC", "D8", "expected birth"),
    dtp("431", "D8", "onset"),
    dtp("AAH", "D8|RD8", "event"),
    dtp("435", "D8|DT|RD8", "admission"),
    dtp("096", "D8|DT|RD8", "discharge"),
)
_CODE = f"1R={DIAGNOSES} 2R 3=D8 4"
HI = Row("HI", "S", 1, f"1R({_CODE}) 2-12({_CODE})", "diagnoses")
CONDITIONS = tuple(
    Row("CRC", "S", 1, f"1R={kind} 2R=N|Y 3R 4 5 6 7", name)
    for kind, name in (
        ("07", "ambulance"),
        ("08", "chiropractic"),
        ("09", "equipment"),
        ("11", "oxygen"),
        ("75", "functional limitations"),
        ("76", "activities permitted"),
        ("77", "mental status"),
    )
)
CL1 = Row("CL1", "S", 1, "1 2 3 4", "admission")
CERTIFIED = (
    Row("CR1", "S", 1, "1=KG|LB 2 3=I|R|T|X 4=A|B|C|D|E|F 5=DH|DK 6 7 8 9 10", "ambulance"),
    Row("CR2", "S", 1, "1 2 3 4 5=DA|MO|WK|YR 6 7 8=A|C|D|E|F|G|M 9=N|Y 10 11 12=N|Y", "spine"),
    Row("CR5", "S", 1, "3R=A|B|C|D|E|O 4=A|B|C|D|E|O 5 6 7 8 9 10-15 16 17 18", "oxygen"),
    Row(
        "CR6",
        "S",
        1,
        "1R=1|2|3|4|5|6|7|8 2R 3=RD8 4 5 6=N|U|W|Y 7=N|U|W|Y 8R=1|2|3|4|I|N|R|S 9-14 15=RD8 16-21",
        "home health",
    ),
)

_PROCEDURE = "2R 3 4 5 6 7 8"
SERVICE = (
    Row(
        "SV1",
        "S",
        1,
        f"1R(1R=HC|IV|N4|WK|ZZ {_PROCEDURE}) 2 3=F2|MJ|UN 4 7(1R 2 3 4) 11=N|Y 20",
        "professional service",
    ),
    Row(
        "SV2",
        "S",
        1,
        f"1 2(1R=HC|HP|ID|IV|N4|WK|ZBR|ZZ {_PROCEDURE}) 3 4=DA|F2|UN 5 6 9 10",
        "institutional service",
    ),
    Row("SV3", "S", 1, f"1R(1R=AD {_PROCEDURE}) 2 4(1R 2 3 4 5) 5=I|R 6 7", "dental service"),
    Row("TOO", "S", 32, "1R=JP 2R 3(1R 2 3 4 5)", "tooth"),
)


def party(
    loop: str,
    entity: str,
    kinds: str,
    name: str,
    *rows: Row,
    usage: str = "S",
    repeat: int = 1,
    numbers: str = "24|34|46|PI|XV|XX",
) -> Loop:
    """A party; ``numbers`` are the kinds of identifier it may go by (NM108)."""
    opener = Row("NM1", "R", 1, f"1R={entity} 2R={kinds} 3 4 5 6 7 8={numbers} 9", name)
    return Loop(loop, usage, repeat, (opener, *rows), name)


def reviewer(*rows: Row) -> Loop:
    """Loop 2010A: the payer, or who decides for it."""
    numbers = "24|34|46|PI|XV"
    return party("2010A", "X3", "1|2", "reviewer", *rows, usage="R", numbers=numbers)


def requester(*rows: Row) -> Loop:
    """Loop 2010B."""
    return party(
        "2010B",
        "1P|FA",
        "1|2",
        "requester",
        ref(_PROVIDER_NUMBERS, "provider number", 8),
        *rows,
        usage="R",
        repeat=2,
        numbers="24|34|46|XX",
    )


def subscriber(*rows: Row) -> Loop:
    """Loop 2010C; ``rows`` come before the birth date."""
    return _member("2010C", "IL", "8R=II|MI 9R", "subscriber", "1R=Y 2R=18", rows)


def dependent(*rows: Row) -> Loop:
    """Loop 2010D."""
    relations = "01|04|05|07|09|10|15|17|19|20|21|22|23|24|26|27|28|29|32|33|34|39|40|41|43|53|G8"
    return _member("2010D", "QC", "", "dependent", f"1R=N 2R={relations}", rows)


def _member(
    loop: str, entity: str, number: str, name: str, ins: str, rows: tuple[Row, ...]
) -> Loop:
    return Loop(
        loop,
        "R",
        1,
        (
            Row("NM1", "R", 1, f"1R={entity} 2R=1 3 4 5 6 7 {number}", name),
            ref(_MEMBER_NUMBERS, "member's number", 9),
            N3,
            N4,
            *rows,
            DMG,
            Row("INS", "S", 1, f"{ins} 8 17", "relationship"),
        ),
        name,
    )


def provider(loop: str, entity: str, name: str, repeat: int, *rows: Row) -> Loop:
    """Loops 2010EA and 2010FA: who gives the service."""
    return party(
        loop,
        entity,
        "1|2",
        name,
        ref(_PROVIDER_NUMBERS, "provider number", 7),
        N3,
        N4,
        PER,
        *rows,
        PRV,
        repeat=repeat,
        numbers="24|34|46|XX",
    )


def transport(loop: str) -> Loop:
    """Loop 2010EB of a request, 2010EC of an answer: where a transport begins and ends."""
    return party(loop, TRANSPORT_PLACES, "2", "transport", N3, N4, repeat=5)


def information_contact(loop: str) -> Loop:
    """Where an answer wants more information sent."""
    return party(loop, "1P|2B|ABG|PR|X3", "1|2", "send information to", N3, N4, PER)


def level(code: str, children: str, parent: bool, name: str) -> Row:
    """The HL that opens a level."""
    return Row("HL", "R", 1, f"1R {'2R ' if parent else ''}3R={code} 4R={children}", name)
