"""The routes of the interface: practices, claims, charges, audit checkpoint, X12 check, scrub."""

from __future__ import annotations

import hashlib
import re
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from anyio import to_thread
from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler

from api.http.answers import in_thread
from api.http.sessions import NOTHING_HERE, house_of
from api.http.v1.callers import ApiRequest, Caller, caller_of, practice_of
from api.http.v1.claim_answer import ClaimAnswer, claim_answer, left_out
from api.http.v1.rules import list_policies, list_rules
from api.intake import CHARGES_BYTES_MAX, charge_file_of, take_charges
from api.stateless import DOCUMENT_BYTES_MAX, open_stateless
from api.x12_options import x12_options
from audit.store import last_checkpoint
from core.claims.position import Stage
from core.confidentiality import FieldClass
from core.errors import InputError, NotFoundError, UnavailableError
from core.ports import Practice
from core.x12.check import check
from tenants.programs import TokenScope
from tenants.store import claim_page, claims_listed
from tenants.store import programs as store
from tenants.store.claims_listed import ListedClaim

X12_BYTES_MAX = 5_000_000
_PAGE_MAX = 500

# Whoever stands far back in the queue for a check is told to come again.
_CHECKS_WAITING_MAX = 8

_SEALED = frozenset({FieldClass.DEMOGRAPHICS, FieldClass.IDENTIFIERS, FieldClass.CLINICAL})
_KEY = re.compile(r"[!-~]{8,200}\Z", re.ASCII)


class KeyReusedError(InputError):
    """An Idempotency-Key came again with another request."""

    code = "key-reused"


class PracticeEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One practice the token may act for."""

    slug: str
    name: str
    number: int
    time_zone: str


class PracticesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The practices of the token."""

    practices: tuple[PracticeEntry, ...]


class ClaimsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A page of claims; `next` is the address of the following one, null on the last."""

    claims: tuple[ListedClaim, ...]
    next: str | None
    left_out: tuple[FieldClass, ...]


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of the file: records = taken + repeated + refused; and the charges that were made."""

    records: int
    taken: int
    repeated: int
    refused: int
    charges: int


class RefusedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the file that was not taken, counted from 1, and why."""

    line: int
    reason: str


class ChargesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the charges. `seen_before`: the very bytes were taken earlier.

    A refusal names the line of the file and why, never what stood there.
    """

    counts: Counts
    seen_before: bool
    new_payers: int
    new_providers: int
    refusals: tuple[RefusedLine, ...]


class CheckpointAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The newest signed note of the practice's audit log, and the key that verifies it.

    `note` null: nothing is signed yet. Keep what you fetch: a log that is cut, rolled back or
    rewritten later cannot match it.
    """

    note: str | None
    size: int
    verifier_key: str


@get(
    "/api/v1/practices",
    opt={"access": TokenScope.PRACTICES_READ, "answer": PracticesAnswer},
    sync_to_thread=False,
)
def list_practices(request: ApiRequest) -> Response[bytes]:
    """The practices this token may act for."""
    found = caller_of(request).program.practices
    entries = tuple(
        PracticeEntry(slug=one.slug, name=one.name, number=one.number, time_zone=one.time_zone)
        for one in found
    )
    return _json(PracticesAnswer(practices=entries))


@get(
    "/api/v1/practices/{slug:str}/claims",
    opt={
        "access": TokenScope.CLAIMS_READ,
        "answer": ClaimsAnswer,
        "query": {
            "stage": "only claims where this is the stage",
            "after": "the id of the last claim seen",
            "limit": f"claims a page, 1 to {_PAGE_MAX} (default 100)",
        },
    },
)
@in_thread
def list_claims(request: ApiRequest) -> Response[bytes]:
    """Where claims stand, in the order they were made; no patient's field, whatever the scopes."""
    practice, caller = practice_of(request), caller_of(request)
    stage, after, limit = _page(request)
    with _work(request, practice, caller) as uow:
        found = claims_listed.listed(uow.connection, stage=stage, after=after, limit=limit + 1)
    page = found[:limit]
    further = None
    if len(found) > limit:
        further = f"{request.url.path}?after={page[-1].id}&limit={limit}"
        further += f"&stage={stage}" if stage else ""
    return _json(
        ClaimsAnswer(
            claims=page, next=further, left_out=left_out(frozenset({FieldClass.OPERATIONS}))
        )
    )


@get(
    "/api/v1/practices/{slug:str}/claims/{claim_id:uuid}",
    opt={"access": TokenScope.CLAIMS_READ, "answer": ClaimAnswer},
)
@in_thread
def read_claim(request: ApiRequest) -> Response[bytes]:
    """One claim, with the classes of fields that the scopes open. The reading is recorded."""
    practice, caller = practice_of(request), caller_of(request)
    claim_id: UUID = request.path_params["claim_id"]
    classes = caller.program.classes
    with _work(request, practice, caller) as uow:
        row = claims_listed.one(uow.connection, claim_id)
        if row is None:
            raise NotFoundError(NOTHING_HERE)
        record = uow.claims.get(claim_id) if classes & _SEALED else None
        money = claim_page.money(uow.ledger.of_claim(claim_id))
        uow.record("claim.read", {"claim": [claim_id]}, claims=1)
    return _json(claim_answer(row, money, record, classes))


@post(
    "/api/v1/practices/{slug:str}/charges",
    opt={
        "access": TokenScope.CHARGES_WRITE,
        "answer": ChargesAnswer,
        "takes": ("text/csv", "application/json"),
    },
    request_max_body_size=CHARGES_BYTES_MAX,
    status_code=200,
)
async def take_in_charges(request: ApiRequest) -> Response[bytes]:
    """Hand in a [charge file](charge-file.md), or its rows as `{"rows": [{column: value}]}`.

    Needs an `Idempotency-Key`. The same key with the same request within 24 hours gets the first
    answer, whatever became of the connection; with another request it is refused (422).
    """
    key = request.headers.get("idempotency-key", "")
    if not _KEY.match(key):
        raise InputError("send an Idempotency-Key of 8 to 200 visible signs, new for each request")
    body = await request.body()
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return await to_thread.run_sync(partial(_take, request, key.encode(), kind, body))


def _take(request: ApiRequest, key: bytes, kind: str, body: bytes) -> Response[bytes]:
    practice, caller = practice_of(request), caller_of(request)
    if kind not in ("text/csv", "application/json"):
        raise InputError("charges are text/csv or application/json; say which in Content-Type")
    once = store.Once(
        tenant_id=practice.tenant_id,
        program_id=caller.program.id,
        key_sha256=hashlib.sha256(key).digest(),
    )
    asked = hashlib.sha256(kind.encode() + b"\n" + body).digest()
    with _work(request, practice, caller) as uow:
        before = store.first_answer(uow.connection, once, request_sha256=asked)
        if before is not None:
            first, answer = before
            if first != asked:
                raise KeyReusedError("this Idempotency-Key came with another request before")
            return _response(answer, {"idempotency-replayed": "true"})
        is_json = kind == "application/json"
        result = take_charges(uow, charge_file_of(body) if is_json else body)
        answer = msgspec.json.encode(
            ChargesAnswer(
                counts=Counts(**msgspec.structs.asdict(result.counts)),
                seen_before=result.seen_before,
                new_payers=result.new_payers,
                new_providers=result.new_providers,
                refusals=tuple(
                    RefusedLine(line=one.position, reason=one.reason) for one in result.refusals
                ),
            )
        )
        store.keep_answer(uow.connection, once, answer)
    return _response(answer)


@get(
    "/api/v1/practices/{slug:str}/audit/checkpoint",
    opt={"access": TokenScope.AUDIT_READ, "answer": CheckpointAnswer},
)
@in_thread
def read_checkpoint(request: ApiRequest) -> Response[bytes]:
    """The newest signed checkpoint of the practice's audit log."""
    practice, caller = practice_of(request), caller_of(request)
    with _work(request, practice, caller) as uow:
        found = last_checkpoint(uow.connection, practice.tenant_id)
    return _json(
        CheckpointAnswer(
            note=found.note if found else None,
            size=found.size if found else 0,
            verifier_key=house_of(request).runtime.keyring.signer().verifier.key,
        )
    )


@post(
    "/api/v1/x12/check",
    opt={
        "access": TokenScope.X12_CHECK,
        "answer": None,
        "takes": ("application/edi-x12", "text/plain", "application/octet-stream"),
    },
    request_max_body_size=X12_BYTES_MAX,
    status_code=200,
)
async def check_x12(request: ApiRequest) -> Response[bytes]:
    """Check an X12 file, as `claimwright x12 check` does ([X12](x12.md)); nothing is kept."""
    checks = house_of(request).checks
    if checks.statistics().tasks_waiting >= _CHECKS_WAITING_MAX:
        raise UnavailableError("too many files are being checked just now; try again in a minute")
    body = await request.body()
    return await to_thread.run_sync(_check, body, limiter=checks)


def _check(body: bytes) -> Response[bytes]:
    report = check([body], x12_options())
    return _response(b"".join(report.json_parts("request")))


@post(
    "/api/v1/scrub",
    opt={"access": TokenScope.SCRUB, "answer": None, "takes": ("application/json",)},
    request_max_body_size=DOCUMENT_BYTES_MAX,
    status_code=200,
)
async def scrub_document(request: ApiRequest) -> Response[bytes]:
    """Judge one scrub document, as `claimwright scrub` does; nothing is looked up and nothing kept.

    The answer is the document's result. What is no document is a 422 with `id` and `error`.
    """
    checks = house_of(request).checks
    if checks.statistics().tasks_waiting >= _CHECKS_WAITING_MAX:
        raise UnavailableError("too much is being checked just now; try again in a minute")
    body = await request.body()
    return await to_thread.run_sync(_scrub, request, body, limiter=checks)


def _scrub(request: ApiRequest, body: bytes) -> Response[bytes]:
    house = house_of(request)
    scrub = open_stateless(house.runtime.settings.home, house.today())
    answer, is_document = scrub.answered(body)
    return Response(
        content=answer, media_type="application/json", status_code=200 if is_document else 422
    )


API_HANDLERS: tuple[HTTPRouteHandler, ...] = (
    list_practices,
    list_claims,
    read_claim,
    take_in_charges,
    read_checkpoint,
    check_x12,
    scrub_document,
    list_rules,
    list_policies,
)


def _page(request: ApiRequest) -> tuple[str, UUID, int]:
    """What of the list is asked for; ``InputError`` for a word the list does not know."""
    given = request.query_params
    if unknown := sorted(set(given) - {"stage", "after", "limit"}):
        raise InputError(f"this list has no filter of that name ({len(unknown)} given)")
    stage = given.get("stage", "")
    if stage and stage not in set(Stage):
        raise InputError(f"a stage is one of {', '.join(Stage)}")
    limit = given.get("limit", "100")
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:9]) <= _PAGE_MAX):
        raise InputError(f"limit is a number from 1 to {_PAGE_MAX}")
    try:
        after = UUID(given.get("after", str(UUID(int=0))))
    except ValueError:
        raise InputError("after is the id of a claim") from None
    return stage, after, int(limit)


def _work(request: ApiRequest, practice: Practice, caller: Caller) -> Any:
    return house_of(request).runtime.unit_of_work(practice.tenant_id, caller.actor)


def _json(value: msgspec.Struct) -> Response[bytes]:
    return _response(msgspec.json.encode(value))


def _response(body: bytes, headers: dict[str, str] | None = None) -> Response[bytes]:
    return Response(content=body, media_type="application/json", headers=headers)
