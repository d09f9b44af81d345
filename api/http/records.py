"""Specialty records of a claim: what they say and said, entered and corrected by the type itself.

The form is drawn from the record's type (``api.typed_form``). Whoever does not see what is clinical
on the claim sees that there are records, and no more.
"""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, get, post

from api.http.answers import in_thread, page, refusal_status, see_other
from api.http.claim import actions_for, claim_address
from api.http.claim_access import opened, role_sight, sight_of
from api.http.forms import FieldError, Form
from api.http.record_told import RecordTold, all_told, owner_words, removed_told
from api.http.sessions import NOTHING_HERE, PageRequest, form_of, house_of, practice_of
from api.typed_form.fields import Sheet, schema_of, sheet
from api.typed_form.form import draw, judged, posted_of, take
from core.claims.claim import Claim
from core.confidentiality import FieldClass
from core.errors import (
    ClaimwrightError,
    ConflictError,
    ForbiddenError,
    InputError,
    NotFoundError,
    PluginError,
    StateError,
)
from core.part_two import NOTICE
from core.ports import ClaimRecord
from core.rules.records import RecordType, reading_of
from core.rules.rulebook import RuleBook
from core.sight import Shown, Sight
from core.usecases.keep_records import (
    At,
    correct_record,
    enter_record,
    record_at,
    records_of,
    remove_record,
)
from core.usecases.work_claim import CHANGED_MEANWHILE
from tenants.staff import Right

_RECORDS = "/practices/{slug:str}/claims/{claim_id:uuid}/records"
_SHOWS = (FieldClass.CLINICAL, FieldClass.SUBSTANCE_USE)
_OF_THE_VISIT = "visit"
_NOT_SHOWN = (
    "your role does not see what is clinical on this claim; somebody else keeps its records"
)


# What a page of records says in a sentence; a plugin that fails at its own record among it.
_REFUSALS = (StateError, ConflictError, InputError, PluginError)


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a form is about: a record that stands there, or a kind that may be entered."""

    record_type: RecordType
    sheet: Sheet
    before: dict[str, Any]
    line_no: int | None
    at: At | None = None
    upgraded_from: int | None = None


@get(_RECORDS, opt={"access": Right.WORK_QUEUE, "shows": _SHOWS, "emergency": True})
@in_thread
def records_page(request: PageRequest) -> Response[Any]:
    """Every record of the claim with its versions."""
    return _page(request)


@get(f"{_RECORDS}/new", opt={"access": Right.EDIT_CLAIM, "shows": _SHOWS})
@in_thread
def new_record(request: PageRequest) -> Response[Any]:
    """An empty form for a record of the kind asked for."""
    return _form_page(request, None)


@post(f"{_RECORDS}/new", opt={"access": Right.EDIT_CLAIM, "shows": _SHOWS})
@in_thread
def add_record(request: PageRequest) -> Response[Any]:
    """A further record; the claim is scrubbed again."""
    return _save(request, None)


@get(f"{_RECORDS}/{{place:str}}", opt={"access": Right.EDIT_CLAIM, "shows": _SHOWS})
@in_thread
def record_page(request: PageRequest) -> Response[Any]:
    """One record in a form."""
    return _form_page(request, _at(request))


@post(f"{_RECORDS}/{{place:str}}", opt={"access": Right.EDIT_CLAIM, "shows": _SHOWS})
@in_thread
def change_record(request: PageRequest) -> Response[Any]:
    """A correction, as a further version; the claim is scrubbed again."""
    return _save(request, _at(request))


@post(f"{_RECORDS}/{{place:str}}/remove", opt={"access": Right.EDIT_CLAIM, "shows": _SHOWS})
@in_thread
def take_off_record(request: PageRequest) -> Response[Any]:
    """Take a record off the claim; what it said stays to be read."""
    form, at, runtime = form_of(request), _at(request), house_of(request).runtime
    try:
        with opened(request) as (uow, record):
            _check_may_edit(request, record)
            remove_record(
                uow,
                record.id,
                at,
                expected_version=form.whole("version", "the version"),
                rule_book=runtime.rule_book(uow.tenant_id),
                why=form.text("why"),
            )
            address = f"{claim_address(uow.practice, record.id)}/records"
    except _REFUSALS as problem:
        return _page(request, problem=problem)
    return see_other(address)


def _at(request: PageRequest) -> At:
    """``visit-1`` or ``3-2`` (the second of line 3); anything else is nowhere."""
    owner, _, place = request.path_params["place"].partition("-")
    line_no = None if owner == _OF_THE_VISIT else owner
    if not all(one.isascii() and one.isdigit() and len(one) < 5 for one in (line_no or "0", place)):
        raise NotFoundError(NOTHING_HERE)
    return At(line_no=None if line_no is None else int(line_no), place=int(place))


def _address_of(at: At) -> str:
    return f"{_OF_THE_VISIT if at.line_no is None else at.line_no}-{at.place}"


def _sees(sight: Sight, record: ClaimRecord) -> bool:
    return sight[record.clinical_class] is Shown.WHOLE


def _check_may_edit(request: PageRequest, record: ClaimRecord) -> None:
    if not _sees(role_sight(request), record):
        raise ForbiddenError(_NOT_SHOWN)


def _page(request: PageRequest, *, problem: ClaimwrightError | None = None) -> Response[Any]:
    runtime = house_of(request).runtime
    with opened(request) as (uow, record):
        practice, claim = uow.practice, record.claim
        book = runtime.rule_book(practice.tenant_id)
        shows = _sees(sight_of(request, uow, record), record)
        standing = records_of(claim)
        told: tuple[RecordTold, ...] = ()
        removed: tuple[RecordTold, ...] = ()
        if shows:
            told, removed = all_told(uow, record, book), removed_told(uow, record, book)
        uow.record("record.read", {"claim": [record.id]}, records=len(told) + len(removed))
        edits = actions_for(request, record, uow.claims.findings(record.id)).edit
    return page(
        request,
        "records.html",
        status=refusal_status(problem),
        here="queue",
        practice=practice,
        address=claim_address(practice, record.id),
        number=claim.claim_number,
        version=record.version,
        shows=shows,
        count=len(standing),
        records=[(_address_of(one.at), one) for one in told if one.at is not None],
        removed=removed,
        edits=edits and _sees(role_sight(request), record),
        kinds=[(one.id, one.title) for one in sorted(book.records.values(), key=_by_title)],
        owners=[("", owner_words(claim, None)), *_lines(claim)],
        notice=NOTICE if shows and record.is_part_two else "",
        problem="" if problem is None else problem.message,
    )


def _by_title(one: RecordType) -> tuple[str, str]:
    return one.title, one.id


def _lines(claim: Claim) -> list[tuple[str, str]]:
    return [(str(line.line_no), owner_words(claim, line.line_no)) for line in claim.lines]


def _asked(request: PageRequest, record: ClaimRecord, book: RuleBook, at: At | None) -> _Asked:
    """What the address, or the form, asks for."""
    if at is None:
        return _asked_new(request, record.claim, book)
    reading = reading_of(record_at(record.claim, at), book.records)
    if reading.record_type is None or reading.shaped is None:
        raise StateError("this record is kept as it is; what it says cannot be shown here now")
    was = reading.record.version
    return _Asked(
        record_type=reading.record_type,
        sheet=sheet(schema_of(reading.record_type.type)),
        before=msgspec.json.decode(reading.shaped.body),
        line_no=at.line_no,
        at=at,
        upgraded_from=was if was != reading.shaped.version else None,
    )


def _asked_new(request: PageRequest, claim: Claim, book: RuleBook) -> _Asked:
    given = form_of(request).text if request.method == "POST" else _query(request)
    record_type = book.records.get(given("kind"))
    line = given("line")
    if record_type is None or line not in ("", *(str(one.line_no) for one in claim.lines)):
        raise FieldError("kind", "choose a kind of record and where it belongs from the list")
    return _Asked(
        record_type=record_type,
        sheet=sheet(schema_of(record_type.type)),
        before={},
        line_no=int(line) if line else None,
    )


def _query(request: PageRequest) -> Any:
    return lambda name: str(request.query_params.get(name, ""))


def _form_page(request: PageRequest, at: At | None) -> Response[Any]:
    runtime = house_of(request).runtime
    try:
        with opened(request) as (uow, record):
            _check_may_edit(request, record)
            asked = _asked(request, record, runtime.rule_book(uow.tenant_id), at)
            uow.record("record.read", {"claim": [record.id]}, records=int(at is not None))
    except _REFUSALS as problem:
        return _page(request, problem=problem)
    return _form(request, record, asked)


def _save(request: PageRequest, at: At | None) -> Response[Any]:
    form, runtime = form_of(request), house_of(request).runtime
    posted = posted_of(form.items())
    try:
        with opened(request) as (uow, record):
            _check_may_edit(request, record)
            book = runtime.rule_book(uow.tenant_id)
            asked = _asked(request, record, book, at)
            uow.record("record.read", {"claim": [record.id]}, records=int(at is not None))
    except _REFUSALS as problem:
        return _page(request, problem=problem)
    version = form.whole("version", "the version")
    try:
        if version != record.version:
            raise ConflictError(CHANGED_MEANWHILE)
        if form.text("more"):
            return _form(request, record, asked, form=form, more=form.text("more"))
        found = judged(asked.sheet, take(asked.sheet, asked.before, posted), asked.record_type.type)
        if found.errors:
            return _form(request, record, asked, form=form, errors=found.errors)
        encoded = msgspec.json.encode(found.value)
        value = msgspec.json.decode(encoded, type=asked.record_type.type)
        with opened(request) as (uow, record):
            if asked.at is None:
                enter_record(
                    uow,
                    record.id,
                    line_no=asked.line_no,
                    kind=asked.record_type.id,
                    value=value,
                    expected_version=version,
                    rule_book=book,
                    why=form.text("why"),
                )
            else:
                correct_record(
                    uow,
                    record.id,
                    asked.at,
                    value=value,
                    expected_version=version,
                    rule_book=book,
                    why=form.text("why"),
                )
            address = f"{claim_address(uow.practice, record.id)}/records"
    except _REFUSALS as problem:
        return _form(request, record, asked, form=form, problem=problem)
    return see_other(address)


def _form(
    request: PageRequest,
    record: ClaimRecord,
    asked: _Asked,
    *,
    form: Form | None = None,
    errors: Any = None,
    more: str = "",
    problem: ClaimwrightError | None = None,
) -> Response[Any]:
    practice = practice_of(request, request.path_params["slug"])
    posted = None if form is None else posted_of(form.items())
    return page(
        request,
        "record.html",
        status=422 if errors else refusal_status(problem),
        here="queue",
        practice=practice,
        address=claim_address(practice, record.id),
        action="new" if asked.at is None else _address_of(asked.at),
        number=record.claim.claim_number,
        version=record.version,
        title=asked.record_type.title,
        kind=asked.record_type.id,
        help=asked.sheet.help,
        owner=owner_words(record.claim, asked.line_no),
        line="" if asked.line_no is None else str(asked.line_no),
        is_new=asked.at is None,
        upgraded_from=asked.upgraded_from,
        schema_version=asked.record_type.schema_version,
        fields=draw(asked.sheet, asked.before, posted=posted, errors=errors, more=more),
        wrong=len(errors or ()),
        why="" if form is None else form.text("why"),
        problem="" if problem is None else problem.message,
    )
