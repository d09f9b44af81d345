"""Attachments (275): made for a claim's papers, written, and read byte for byte."""

from __future__ import annotations

import contextlib
from datetime import date, datetime
from functools import cache
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.claims.attachments import (
    RELEASE,
    RELEASE_6020,
    AttachmentItem,
    AttachmentParty,
    ClaimAttachment,
    Document,
    Question,
    attachment_for,
    attachments_for,
    document,
    unannounced,
)
from core.claims.claim import Attachment, Form
from core.claims.parties import Entity, Name, Reference
from core.codes.tables import CodeTables
from core.errors import InputError, X12SyntaxError
from core.x12.acknowledgements import read_999, write_999
from core.x12.attachment_reader import read_275
from core.x12.attachment_writer import write_275
from core.x12.check import CheckOptions, check
from core.x12.claims_reader import read_claims
from core.x12.claims_writer import write_claims
from core.x12.report import Status
from core.x12.show import show, to_json
from core.x12.syntax import BINARY_BYTES_MAX
from tenants.code_tables import code_lists
from tests.campaign import rounds
from tests.core.x12 import authorization_values as values
from tests.core.x12.claim_values import ENVELOPE, RECEIVER, SUBMITTER, invented_claim
from tests.core.x12.remittance_values import without_places

NOTE = b"SEEN TWICE~IEA*1*000000012~\r\nNO FEVER * BP 120:80 ^ \x00\xff"

# A payer asked for the notes of one line; the answer brings two documents.
SEGMENTS = (
    b"ST*275*0001*005010X314",
    b"BGN*11*ANSWER-8*20260305*0830",
    b"NM1*PR*2*HARBOR HEALTH PLAN*****PI*HHP01",
    b"PER*IC*CLAIMS DESK*TE*8005550142",
    b"NM1*41*2*CENTRAL BILLING*****46*SUB01",
    b"NM1*1P*1*OKAFOR*LENA****XX*1234567893",
    b"REF*G2*HP-3321",
    b"NM1*QC*1*MARSH*TOBY****MI*HH900112",
    b"REF*1K*PAYER-55",
    b"REF*EJ*C00000017",
    b"REF*EA*MR-9",
    b"DTP*472*RD8*20260209-20260211",
    b"LX*1",
    b"TRN*2*QUESTION-4",
    b"STC*R4:18842-5::LOI*20260301",
    b"REF*6R*L2",
    b"DTP*472*D8*20260211",
    b"DTP*368*D8*20260305",
    b"CAT*AE*TX",
    b"EFI*05******text/plain*****note.txt",
    b"BIN*%d*%s" % (len(NOTE), NOTE),
    b"DTP*368*D8*20260305",
    b"CAT*AE*IA",
    b"BIN*3*~~~",
    b"SE*25*0001",
)
BEFORE = 2


def as_file(*segments: bytes, release: bytes = b"005010X314") -> bytes:
    head = values.as_file("ST").split(b"ST~")[0]
    tail = b"GE*1*12~IEA*1*000000012~"
    head = head.replace(b"GS*HI", b"GS*PI").replace(b"005010X217", release)
    return head + b"".join(segment + b"~" for segment in segments) + tail


def the_attachment() -> ClaimAttachment:
    (read,) = read_275(as_file(*SEGMENTS))
    return read


def replaced(value: Any, **changes: Any) -> Any:
    return msgspec.structs.replace(value, **changes)


def test_the_example_is_right_by_the_guide() -> None:
    report = check(as_file(*SEGMENTS))
    (transaction,) = report.transactions
    assert report.errors == ()
    assert (transaction.type, transaction.status, transaction.errors) == (
        "275",
        Status.ACCEPTED,
        (),
    )


def test_what_a_payer_asks_for_is_a_code_of_loinc_and_no_claim_status() -> None:
    options = CheckOptions(tables=CodeTables(lists=code_lists()))
    (transaction,) = check(as_file(*SEGMENTS), options).transactions
    assert transaction.errors == ()
    assert "code table: LOINC" in transaction.not_checked
    for segments in (values.REQUEST, values.ANSWER, values.REFUSAL):
        (transaction,) = check(values.as_file(*segments), options).transactions
        assert transaction.errors == ()


def test_what_is_read_is_written_byte_for_byte() -> None:
    written = write_275([the_attachment()], ENVELOPE)
    assert written[written.index(b"ST*") : written.index(b"GE*1*1~")] == b"".join(
        segment + b"~" for segment in SEGMENTS
    )


def test_an_attachment_says_whose_it_is_and_what_it_answers() -> None:
    read = the_attachment()
    assert (read.solicited, read.reference) == (True, "ANSWER-8")
    assert read.created == datetime(2026, 3, 5, 8, 30)  # noqa: DTZ001 (local, as sent)
    assert (read.payer.id, read.payer.contact_numbers) == (
        "HHP01",
        (Reference(qualifier="TE", value="8005550142"),),
    )
    assert (read.provider.entity, read.provider.id, read.provider.number) == (
        Entity.PERSON,
        "1234567893",
        "HP-3321",
    )
    assert (read.payer_claim_number, read.patient_account, read.medical_record) == (
        "PAYER-55",
        "C00000017",
        "MR-9",
    )
    assert (read.service_from, read.service_to) == (date(2026, 2, 9), date(2026, 2, 11))
    (item,) = read.items
    assert (item.trace_kind, item.control_number, item.segment) == ("2", "QUESTION-4", 15)
    assert item.questions == (
        Question(segment=17, codes=(("R4", "18842-5"),), asked_on=date(2026, 3, 1)),
    )
    assert item.line == Reference(qualifier="6R", value="L2")


def test_the_documents_come_out_byte_for_byte_with_their_place() -> None:
    note, image = the_attachment().items[0].documents
    assert (note.content, note.content_type, note.file_name, note.segment) == (
        NOTE,
        "text/plain",
        "note.txt",
        23,
    )
    assert (image.content, image.format, image.segment) == (b"~~~", "IA", 26)


def test_nothing_of_a_document_is_shown() -> None:
    data = as_file(*SEGMENTS)
    assert "FEVER" not in "\n".join(show(data))
    assert any(f"BIN data: bytes {len(NOTE)}, data {len(NOTE)} bytes" in t for t in show(data))
    assert "FEVER" not in repr(list(to_json(data)))


def test_a_275_is_acknowledged_like_any_other() -> None:
    (answer,) = read_999(write_999(check(as_file(*SEGMENTS)), ENVELOPE))
    assert [(t.control, t.status) for t in answer.transactions] == [("0001", "A")]


def swapped(old: bytes, new: bytes | None) -> tuple[bytes, int]:
    """The example with one segment changed or taken out, and that segment's number."""
    place = SEGMENTS.index(old)
    changed = [*SEGMENTS[:place], *([] if new is None else [new]), *SEGMENTS[place + 1 :]]
    changed[-1] = b"SE*%d*0001" % len(changed)
    return as_file(*changed), place + 1 + BEFORE


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (SEGMENTS[1], b"BGN*22*ANSWER-8*20260305*0830", "code-value"),
        (SEGMENTS[1], b"BGN*11*ANSWER-8*20260335*0830", "bad-date"),
        (SEGMENTS[1], b"BGN*11**20260305", "element-missing"),
        (SEGMENTS[4], b"NM1*41*2*CENTRAL BILLING*****XX*SUB01", "code-value"),
        (SEGMENTS[5], b"NM1*1P*1*OKAFOR*LENA****XX", "element-missing"),
        (SEGMENTS[7], b"NM1*QC*2*MARSH*TOBY****MI*HH900112", "code-value"),
        (SEGMENTS[8], b"REF*1K", "element-missing"),
        (SEGMENTS[11], b"DTP*472*RD8*20260209", "bad-date"),
        (SEGMENTS[13], b"TRN*3*QUESTION-4", "code-value"),
        (SEGMENTS[13], None, "segment-missing"),
        (SEGMENTS[14], b"STC*R4:18842-5*20260301", None),
        (SEGMENTS[14], b"STC*R4:18842-5::ABC*20260301", "code-value"),
        (SEGMENTS[18], b"CAT*XX*TX", "code-value"),
        (SEGMENTS[18], None, "segment-missing"),
        (SEGMENTS[20], None, "segment-missing"),
        (SEGMENTS[20], b"BDS*B64*3*abc", "segment-unexpected"),
    ],
)
def test_one_defect_is_named_at_its_segment(
    old: bytes, new: bytes | None, code: str | None
) -> None:
    data, segment = swapped(old, new)
    (transaction,) = check(data).transactions
    found = {(error.segment, error.code) for error in transaction.errors}
    assert ((segment, code) in found) if code else not found, found


def test_a_missing_patient_is_named_where_the_attachments_begin() -> None:
    left = [*SEGMENTS[:7], *SEGMENTS[12:]]
    left[-1] = b"SE*%d*0001" % len(left)
    (transaction,) = check(as_file(*left)).transactions
    (error,) = transaction.errors
    assert (error.segment, error.code) == (left.index(b"LX*1") + 1 + BEFORE, "loop-missing")


@pytest.mark.parametrize(
    ("old", "new", "segment"),
    [
        (SEGMENTS[20], b"BIN*4*abc", 23),
        (SEGMENTS[20], b"BIN*9999*abc", 23),
        (SEGMENTS[20], None, 20),
        (SEGMENTS[1], b"BGN*11*ANSWER-8*20260335", 4),
        (SEGMENTS[11], b"DTP*472*RD8*20260209", 14),
        (SEGMENTS[14], b"STC*R4:18842-5*20261301", 17),
        (SEGMENTS[2], None, 3),
        (SEGMENTS[7], None, 3),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_segment(
    old: bytes, new: bytes | None, segment: int
) -> None:
    data, _ = swapped(old, new)
    with pytest.raises(X12SyntaxError) as caught:
        read_275(data)
    assert caught.value.segment == segment


def test_a_file_without_a_275_is_refused() -> None:
    with pytest.raises(X12SyntaxError, match="no attachment"):
        read_275(values.as_file(*values.REQUEST))


def a_claim(*papers: Attachment, form: Form = Form.PROFESSIONAL) -> Any:
    return replaced(invented_claim(7, form), attachments=papers)


PLAN = Attachment(report_type="OZ", transmission="EL", control_number="ATT-1")
SCAN = Attachment(report_type="B2", transmission="EL", control_number="ATT-2")
PAPER = Attachment(report_type="77", transmission="BM", control_number="ATT-3")
NAMELESS = Attachment(report_type="77", transmission="EL")
OURS = AttachmentParty(name=Name(last="CENTRAL BILLING"), id_qualifier="46", id="SUB01")


def made_for(claim: Any, paper: Attachment, release: str = RELEASE) -> ClaimAttachment:
    note = document(NOTE, date(2026, 3, 5), content_type="text/plain", release=release)
    return attachment_for(
        claim,
        paper,
        (note,),
        submitter=OURS,
        control_number="0001",
        reference="A-1",
        release=release,
    )


def test_a_claim_waits_for_its_electronic_papers_until_they_are_sent() -> None:
    claim = a_claim(PLAN, SCAN, PAPER, NAMELESS)
    assert attachments_for(claim) == (PLAN, SCAN, NAMELESS)
    sent = made_for(claim, PLAN)
    assert attachments_for(claim, [sent]) == (SCAN, NAMELESS)
    assert attachments_for(a_claim()) == ()


@pytest.mark.parametrize("release", [RELEASE, RELEASE_6020])
def test_the_275_for_a_paper_is_right_by_the_guide_and_comes_back(release: str) -> None:
    claim = a_claim(PLAN)
    made = made_for(claim, PLAN, release)
    data = write_275([made], ENVELOPE)
    report = check(data)
    (transaction,) = report.transactions
    assert (transaction.version, transaction.errors, report.errors) == (release, (), ())
    assert data.split(b"*")[12] == (b"00602" if release == RELEASE_6020 else b"00501")
    (read,) = read_275(data)
    assert read.control_numbers == ("ATT-1",)
    assert read.items[0].documents[0].content == NOTE
    assert claim.claim_number in (read.patient_account, read.provider_claim_number)
    assert read.payer.id == claim.payer.payer_id
    assert read.patient.id == claim.subscriber.member_id
    assert unannounced(claim, read) == ()
    assert unannounced(a_claim(SCAN), read) == read.items


def test_the_number_on_the_claim_that_was_sent_finds_the_275() -> None:
    claim = a_claim(PLAN)
    written = write_claims(
        [claim],
        form=Form.PROFESSIONAL,
        submitter=SUBMITTER,
        receiver=RECEIVER,
        envelope=ENVELOPE,
        reference="B1",
    )
    (read,) = read_claims(written.data)
    assert attachments_for(read.claim) == (PLAN,)
    assert attachments_for(read.claim, [made_for(claim, PLAN)]) == ()


@pytest.mark.parametrize(
    ("release", "own", "other"),
    [
        (RELEASE, b"BIN*%d*" % len(NOTE) + NOTE, b"BDS*B64*4*aGVs"),
        (RELEASE_6020, b"BDS*B64*4*aGVs", b"BIN*3*abc"),
    ],
)
def test_each_release_carries_the_data_in_its_own_segment(
    release: str, own: bytes, other: bytes
) -> None:
    for data, codes in ((own, []), (other, ["segment-unexpected", "segment-missing"])):
        segments = [*SEGMENTS[:20], data, SEGMENTS[24].replace(b"25", b"22")]
        segments[0] = segments[0].replace(b"005010X314", release.encode())
        (transaction,) = check(as_file(*segments, release=release.encode())).transactions
        assert [error.code for error in transaction.errors] == codes


@pytest.mark.parametrize(
    ("paper", "words"),
    [(PAPER, "electronic"), (SCAN, "does not announce"), (NAMELESS, "control number")],
)
def test_a_275_is_only_made_for_a_paper_that_can_be_tied_to_it(
    paper: Attachment, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        made_for(a_claim(PLAN, PAPER, NAMELESS), paper)


@pytest.mark.parametrize(
    ("content_type", "form"),
    [
        ("text/xml", "HL"),
        ("application/xml; charset=utf-8", "HL"),
        ("text/plain", "TX"),
        ("application/pdf", "IA"),
        ("image/tiff", "IA"),
        ("", "IA"),
    ],
)
def test_a_document_travels_in_the_form_of_its_content(content_type: str, form: str) -> None:
    assert document(b"x", date(2026, 3, 5), content_type=content_type).format == form


def test_a_document_that_is_not_the_base64_it_says_is_refused() -> None:
    bad = Document(sent_on=date(2026, 3, 5), format="IA", filter="B64", data=b"a*b")
    with pytest.raises(InputError, match="base64"):
        _ = bad.content
    broken = replaced(bad, data=b"aGVs\r\nbG8=")
    assert broken.content == b"hello"


def _with_item(**changes: Any) -> ClaimAttachment:
    read = without_places(the_attachment())
    return replaced(read, items=(replaced(read.items[0], **changes),))


LARGE = document(b"~" * (BINARY_BYTES_MAX // 2 + 1), date(2026, 3, 5))


@pytest.mark.parametrize(
    ("attachment", "words"),
    [
        (_with_item(documents=()), "document"),
        (_with_item(control_number=""), "TRN"),
        (_with_item(questions=(Question(codes=()),)), "one to three codes"),
        (_with_item(questions=(Question(codes=(("R4", "1"),) * 4),)), "one to three codes"),
        (_with_item(service_from=None, service_to=date(2026, 1, 1)), "needs the first"),
        (_with_item(documents=(replaced(LARGE, filter="B64"),)), "filter"),
        (_with_item(documents=(LARGE, LARGE)), "64 MB at the most"),
        (_with_item(line=Reference(qualifier="EI", value="1")), "REF"),
        (replaced(the_attachment(), release=RELEASE_6020), "filter"),
        (replaced(the_attachment(), release="005010X217"), "one release"),
        (replaced(the_attachment(), items=()), "LX"),
        (replaced(the_attachment(), provider=replaced(OURS, id="")), "stand together"),
        (replaced(the_attachment(), submitter=replaced(OURS, number="1")), "REF"),
        (replaced(the_attachment(), patient=OURS), "NM1"),
        (replaced(the_attachment(), reference="A~B"), "separates"),
        (replaced(the_attachment(), control_number=""), "ST"),
    ],
)
def test_what_cannot_be_carried_is_refused_in_words(
    attachment: ClaimAttachment, words: str
) -> None:
    with pytest.raises(InputError, match=words) as caught:
        write_275([attachment], ENVELOPE)
    assert "MARSH" not in caught.value.message


def test_one_file_has_one_release() -> None:
    claim = a_claim(PLAN)
    both = [made_for(claim, PLAN), replaced(made_for(claim, PLAN, RELEASE_6020))]
    with pytest.raises(InputError, match="one release"):
        write_275(both, ENVELOPE)
    with pytest.raises(InputError, match="no attachment"):
        write_275([], ENVELOPE)


def test_a_transaction_with_too_many_bytes_is_refused_where_they_become_too_many() -> None:
    half = BINARY_BYTES_MAX // 2 + 1
    segment = b"BIN*%d*" % half + b"x" * half
    data = as_file(*SEGMENTS[:20], segment, *SEGMENTS[21:23], segment, SEGMENTS[24])
    with pytest.raises(X12SyntaxError, match="64 MB at the most") as caught:
        read_275(data)
    assert caught.value.segment == 26


@cache
def documents(release: str) -> st.SearchStrategy[Document]:
    return st.builds(
        document,
        st.binary(min_size=1, max_size=300),
        values.days,
        content_type=values.maybe(st.just("application/pdf")),
        file_name=values.maybe(values.words(20)),
        release=st.just(release),
    )


@cache
def a_party(
    kind: str, *, person: bool = False, numbered: bool = False, reached: bool = False
) -> Any:
    return st.builds(
        AttachmentParty,
        entity=st.just(Entity.PERSON if person else Entity.ORGANIZATION),
        name=values.names if person else st.builds(Name, last=values.words(30)),
        id_qualifier=st.just(kind),
        id=values.words(20, 2),
        number=values.maybe(values.words()) if numbered else st.just(""),
        contact_numbers=st.just((Reference(qualifier="TE", value="5125550100"),) * 2)
        if reached
        else st.just(()),
    )


@cache
def items(release: str) -> st.SearchStrategy[tuple[AttachmentItem, ...]]:
    item = st.builds(
        AttachmentItem,
        control_number=values.words(50),
        trace_kind=values.some("1|2"),
        questions=st.lists(
            st.builds(
                Question,
                codes=st.lists(
                    st.tuples(values.some("R4|R0"), values.some("18842-5|11506-3")),
                    min_size=1,
                    max_size=3,
                ).map(tuple),
                asked_on=st.none() | values.days,
            ),
            max_size=2,
        ).map(tuple),
        line=st.none() | st.builds(Reference, qualifier=values.some("6R|FJ"), value=values.words()),
        revenue_code=values.maybe(st.just("0421")),
        service_from=values.days,
        service_to=st.none() | values.later_days,
        documents=st.lists(documents(release), min_size=1, max_size=2).map(tuple),
    )
    return st.lists(item, min_size=1, max_size=2).map(tuple)


# Made once: building a strategy takes longer than drawing from it.
LINES = values.maybe(values.words())
REFERENCES = values.words(30)
DAYS = st.none() | values.days


@st.composite
def attachments(draw: st.DrawFn) -> ClaimAttachment:
    """A 275 of some release with a few documents."""
    release = draw(st.sampled_from([RELEASE, "005010X210", RELEASE_6020]))
    return ClaimAttachment(
        release=release,
        control_number=f"{draw(st.integers(1, 9999)):04d}",
        reference=draw(REFERENCES),
        created=draw(values.moments),
        solicited=draw(st.booleans()),
        payer=draw(a_party("PI", reached=True)),
        submitter=draw(a_party("46", reached=True)),
        provider=draw(a_party("XX", person=True, numbered=True)),
        patient=draw(a_party("MI", person=True)),
        payer_claim_number=draw(LINES),
        patient_account=draw(LINES),
        provider_claim_number=draw(LINES),
        medical_record=draw(LINES),
        clearinghouse_number=draw(LINES),
        type_of_bill=draw(values.maybe(st.just("0131"))),
        service_from=draw(DAYS),
        items=draw(items(release)),
    )


@pytest.mark.campaign
@settings(max_examples=rounds(150), suppress_health_check=[HealthCheck.too_slow])
@given(attachments())
def test_any_attachment_comes_back_as_it_was(attachment: ClaimAttachment) -> None:
    data = write_275([attachment], ENVELOPE)
    assert without_places(read_275(data)) == (attachment,)
    assert [t.status for t in check(data).transactions] == [Status.ACCEPTED]


@pytest.mark.campaign
@settings(max_examples=rounds(500))
@given(st.integers(0, 2000), st.binary(max_size=12), st.integers(0, 30))
def test_a_damaged_file_is_read_or_refused_and_always_judged(
    place: int, junk: bytes, lost: int
) -> None:
    data = as_file(*SEGMENTS)
    place %= len(data)
    hurt = data[:place] + junk + data[place + lost :]
    with contextlib.suppress(X12SyntaxError):
        for read in read_275(hurt):
            assert read.control_numbers is not None
    check(hurt)
