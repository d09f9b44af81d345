"""Waivers: one person asks, another approves, either ends; each of it is an event."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from core.codes.published import is_procedure
from core.dates import Window
from core.errors import ForbiddenError, InputError, NotFoundError
from core.ports import UnitOfWork
from core.rules.rulebook import RuleBook
from core.scrub.waivers import WAIVABLE, WAIVER_DAYS_MAX
from core.usecases.work_claim import REASON_LENGTH_MIN

NO_SUCH_WAIVER = "there is no such waiver here that goes on; see: claimwright waivers list"
DOCUMENT_LENGTH_MIN = 3


def ask_for_waiver(
    uow: UnitOfWork,
    rule_book: RuleBook,
    *,
    rule: str,
    payer_ref: UUID | None,
    code: str,
    window: Window,
    reason: str,
    document: str,
    by: UUID,
    role: str,
) -> UUID:
    """Ask that findings of ``rule`` be let pass for a while; it holds once another approves.

    ``document`` is what it rests on: a letter of the payer, minutes, a ticket. With a ``code`` it
    speaks of lines of that code alone.
    """
    check_waivable(rule, window, rule_book, uow.today)
    if len(reason.strip()) < REASON_LENGTH_MIN:
        raise InputError(f"say why in at least {REASON_LENGTH_MIN} characters")
    if len(document.strip()) < DOCUMENT_LENGTH_MIN:
        raise InputError("name the document it rests on: a letter, a bulletin, minutes")
    if payer_ref is not None and payer_ref not in uow.masters.payers_by_ref([payer_ref]):
        raise NotFoundError("there is no such payer")
    if code and not is_procedure(code):
        raise InputError("a procedure code has five letters and digits; leave it empty for all")
    waiver_id = uow.new_ids(1)[0]
    uow.waivers.add(
        waiver_id,
        rule=rule,
        payer_ref=payer_ref,
        code=code,
        window=window,
        reason=reason.strip(),
        document=document.strip(),
        by=by,
        role=role,
    )
    uow.record("waiver.asked", {"waiver": [waiver_id]}, days=_days(window))
    return waiver_id


def approve_waiver(uow: UnitOfWork, waiver_id: UUID, *, by: UUID, role: str) -> None:
    """Approve what somebody else asked for; from the next scrub on it holds."""
    asked_by = uow.waivers.asked_by(waiver_id)
    if asked_by is None:
        raise NotFoundError(NO_SUCH_WAIVER)
    if asked_by == by:
        raise ForbiddenError("whoever asks for a waiver does not approve it; a second person does")
    if not uow.waivers.approve(waiver_id, by=by, role=role):
        raise NotFoundError(NO_SUCH_WAIVER)
    uow.record("waiver.approved", {"waiver": [waiver_id]})


def end_waiver(uow: UnitOfWork, waiver_id: UUID, *, by: UUID) -> None:
    """End a waiver, or a request for one; from the next scrub on the rule speaks again."""
    if not uow.waivers.end(waiver_id, by=by):
        raise NotFoundError(NO_SUCH_WAIVER)
    uow.record("waiver.ended", {"waiver": [waiver_id]})


def check_waivable(rule: str, window: Window, rule_book: RuleBook, today: date) -> None:
    """Raise unless ``rule`` may be waived for these days: ``NotFoundError``, ``InputError``."""
    found = [looker for looker in rule_book.lookers if looker.rule.id == rule]
    if not found:
        raise NotFoundError("no rule of this practice that looks at claims has this name")
    if any(looker.gate for looker in found):
        raise InputError("a privacy hold is never waived")
    if all(looker.severity not in WAIVABLE for looker in found):
        raise InputError("this rule rejects or only informs; what rejects is put right, not waived")
    if window.first is None or window.last is None:
        raise InputError("a waiver has a first and a last day")
    if window.last < today:
        raise InputError("a waiver that is over already waives nothing; give a later last day")
    if window.last - window.first >= timedelta(days=WAIVER_DAYS_MAX):
        raise InputError("a waiver lasts a year at most; change the rule instead")


def _days(window: Window) -> int:
    if window.first is None or window.last is None:
        raise AssertionError("checked before")
    return (window.last - window.first).days + 1
