"""Handing in files: charge files and 837 of a practice, answers of payers.

The same steps as the commands, for a person at a browser. What a file is, its bytes say; the name
it came under is shown to whoever sent it and kept nowhere.
"""

from __future__ import annotations

from typing import Any

from anyio import to_thread
from litestar import Response, get, post

from api.cycle import Cycle
from api.http.answers import in_thread, page
from api.http.claim_access import person_of
from api.http.house import UPLOADS_WAITING_MAX
from api.http.sessions import PageRequest, house_of, practice_of, visitor
from api.http.uploads import UPLOAD_BYTES_MAX, Upload, read_upload
from api.intake import CHARGES, CLAIMS, take_file, told
from api.scan import scan
from api.sniff import FileKind, sniff
from core.errors import ClaimwrightError, ForbiddenError, InputError, UnavailableError
from core.ports import Practice
from core.x12.kinds import kinds
from tenants.staff import Right

_PATH = "/practices/{slug:str}/files"
_OF_CLAIMS = frozenset({"837P", "837I", "837D"})
# What surrounds the file in the form: a token and the heads of the parts.
_AROUND_BYTES = 10_000


@get(_PATH, opt={"access": Right.HAND_IN_FILES})
@in_thread
def files_page(request: PageRequest) -> Response[Any]:
    """The form to hand in a file."""
    return _page(request, practice_of(request, request.path_params["slug"]))


@post(
    _PATH,
    opt={"access": Right.HAND_IN_FILES, "reads_own_form": True},
    request_max_body_size=UPLOAD_BYTES_MAX + _AROUND_BYTES,
    status_code=200,
)
async def hand_in(request: PageRequest) -> Response[Any]:
    """Take one file in and say what became of it; few at a time, so memory stays bounded."""
    house = house_of(request)
    if house.uploads.statistics().tasks_waiting > UPLOADS_WAITING_MAX:
        raise UnavailableError("too many files are being handed in just now; try again in a minute")
    async with house.uploads:
        try:
            _, upload = await read_upload(request)
        except InputError as problem:
            return _page(
                request, practice_of(request, request.path_params["slug"]), problem=problem
            )
        return await to_thread.run_sync(_take, request, upload)


def _take(request: PageRequest, upload: Upload) -> Response[Any]:
    practice = practice_of(request, request.path_params["slug"])
    runtime = house_of(request).runtime
    try:
        scan(runtime.settings.scan_command, upload.data)
        kind = sniff(upload.data)
    except (InputError, UnavailableError) as problem:
        _record_refusal(request, practice, upload)
        return _page(request, practice, name=upload.name, problem=problem)
    try:
        lines, well = _taken(request, practice, kind, upload.data)
    except (InputError, ForbiddenError) as problem:
        _record_refusal(request, practice, upload)
        return _page(request, practice, name=upload.name, problem=problem)
    return _page(request, practice, name=upload.name, lines=lines, well=well)


def _taken(
    request: PageRequest, practice: Practice, kind: FileKind, data: bytes
) -> tuple[tuple[str, ...], bool]:
    """What became of the file, in lines, and whether all of it went well."""
    runtime, actor = house_of(request).runtime, person_of(request)
    found = frozenset(kinds(data)) if kind is FileKind.X12 else frozenset()
    if kind is FileKind.CHARGES or (found and found <= _OF_CLAIMS):
        way = CHARGES if kind is FileKind.CHARGES else CLAIMS
        result = take_file(runtime, practice, way, data, actor=actor)
        return told(way, result), not result.counts.refused
    if visitor(request).staff.role.is_client:
        raise ForbiddenError("a practice hands in charge files and 837 files; this is neither")
    received = Cycle(runtime, practice, actor=actor).receive_file("handed-in", data)
    return received.told(), not received.put_aside


def _record_refusal(request: PageRequest, practice: Practice, upload: Upload) -> None:
    runtime = house_of(request).runtime
    with runtime.unit_of_work(practice.tenant_id, person_of(request)) as uow:
        uow.record(
            "upload.refused",
            {"practice": [practice.tenant_id]},
            size_bytes=len(upload.data),
        )


def _page(
    request: PageRequest,
    practice: Practice,
    *,
    name: str = "",
    lines: tuple[str, ...] = (),
    well: bool = True,
    problem: ClaimwrightError | None = None,
) -> Response[Any]:
    return page(
        request,
        "files.html",
        status=200 if problem is None else problem.http_status,
        here="portal" if visitor(request).staff.role.is_client else "practices",
        practice=practice,
        name=name,
        lines=lines,
        well=well,
        problem="" if problem is None else problem.message,
        largest_megabytes=UPLOAD_BYTES_MAX >> 20,
    )
