"""Psychotherapy notes: written and read by their author, a provider of the practice."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post

from api.http.answers import form_page, in_thread, page, see_other
from api.http.claim_access import person_of
from api.http.forms import FieldError, Form
from api.http.portal import own_practice
from api.http.sessions import NOTHING_HERE, PageRequest, form_of, house_of
from audit.event import Purpose
from core.confidentiality import FieldClass
from core.errors import ClaimwrightError, InputError, NotFoundError
from tenants.ids import new_id
from tenants.staff import Right

_ROWS = 100

# The visit is found by its number; of all it holds, only the note is opened.
_CLASSES = frozenset({FieldClass.PSYCHOTHERAPY})


@get("/notes", opt={"access": Right.WRITE_NOTES})
@in_thread
def notes_page(request: PageRequest) -> Response[Any]:
    """One's own notes by day, without their words, and a form for another."""
    return _notes(request)


@post("/notes", opt={"access": Right.WRITE_NOTES})
@in_thread
def write_note(request: PageRequest) -> Response[Any]:
    """A note on a visit."""
    form, practice, person = form_of(request), own_practice(request), person_of(request)
    try:
        words = form.required("words", "the note")
        visit = form.required("visit", "the number of the visit")
        with house_of(request).runtime.unit_of_work(
            practice.tenant_id, person, purpose=Purpose.TREATMENT, classes=_CLASSES
        ) as uow:
            try:
                encounter_id = uow.notes.encounter(visit)
            except NotFoundError as problem:
                raise FieldError("visit", problem.message) from None
            note_id = new_id()
            uow.notes.add(note_id, encounter_id=encounter_id, author_id=person.id, words=words)
            uow.record("note.written", {"note": [note_id], "encounter": [encounter_id]})
    except InputError as problem:
        return _notes(request, form=form, problem=problem)
    return see_other("/notes")


@get(
    "/notes/{note_id:uuid}",
    opt={"access": Right.WRITE_NOTES, "shows": (FieldClass.PSYCHOTHERAPY,)},
)
@in_thread
def note_page(request: PageRequest) -> Response[Any]:
    """One note, for who wrote it."""
    practice, person = own_practice(request), person_of(request)
    note_id = request.path_params["note_id"]
    with house_of(request).runtime.unit_of_work(
        practice.tenant_id, person, purpose=Purpose.TREATMENT, classes=_CLASSES
    ) as uow:
        try:
            words = uow.notes.read(note_id, person.id)
        except NotFoundError:
            raise NotFoundError(NOTHING_HERE) from None
        uow.record("note.read", {"note": [note_id]})
    return page(request, "note.html", here="notes", practice=practice, words=words)


def _notes(
    request: PageRequest, *, form: Form | None = None, problem: ClaimwrightError | None = None
) -> Response[Any]:
    practice, person = own_practice(request), person_of(request)
    with house_of(request).runtime.unit_of_work(practice.tenant_id, person) as uow:
        found = uow.notes.of_author(person.id, limit=_ROWS)
    return form_page(
        request, "notes.html", form, problem, here="notes", practice=practice, notes=found
    )
