"""Back-tests of a practice: ask for one, watch it, and read what it found, down to the claims."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from api import backtests
from api.http.answers import form_page, in_thread, page, see_other
from api.http.claim_access import person_of, practice_work
from api.http.forms import FieldError, Form
from api.http.sessions import NOTHING_HERE, PageRequest, form_of, house_of, practice_of
from api.tables.kinds import kinds
from api.tables.reference import fills
from api.tables.store import TableStore
from audit.event import Purpose
from core.errors import ClaimwrightError, InputError, NotFoundError, PluginError
from core.scrub.backtest import BackTest
from core.usecases.backtest import days_of, set_size
from tenants.staff import Right

_BACK_TESTS = "/practices/{slug:str}/back-tests"
_ONE = f"{_BACK_TESTS}/{{back_test_id:uuid}}"
_LISTED_MAX = 50
_MONTHS = (("3", "3 months"), ("6", "6 months"), ("12", "12 months"), ("", "all there is"))


@get(_BACK_TESTS, opt={"access": Right.REPLAY_RULES})
@in_thread
def back_tests_page(request: PageRequest) -> Response[Any]:
    """The back-tests of the practice, and the form for a new one."""
    return _page(request)


@post(_BACK_TESTS, opt={"access": Right.REPLAY_RULES})
@in_thread
def ask_for_back_test(request: PageRequest) -> Response[Any]:
    """Ask for one; a worker replays it."""
    form = form_of(request)
    practice = practice_of(request, request.path_params["slug"])
    try:
        kind, _, subject = form.required("what", "what to try").partition(":")
        months = form.text("months")
        with practice_work(request, Purpose.OPERATIONS) as uow:
            days = days_of(uow.today, form.whole("months", "the months") if months else None)
        run_id = backtests.begin(
            house_of(request).runtime,
            practice.tenant_id,
            backtests.Asked(kind=kind, subject=subject),
            days,
            person_of(request),
        )
    except (InputError, PluginError) as problem:
        return _page(request, form=form, problem=problem)
    except NotFoundError as problem:
        return _page(request, form=form, problem=FieldError("what", problem.message))
    return see_other(f"{_address(request)}/{run_id}")


@post(f"{_BACK_TESTS}/size", opt={"access": Right.CHANGE_MASTERS})
@in_thread
def set_back_test_size(request: PageRequest) -> Response[Any]:
    """From how many claims a month rules are tried before they are activated."""
    form = form_of(request)
    try:
        with practice_work(request, Purpose.OPERATIONS) as uow:
            set_size(uow, form.whole("size", "the number of claims"))
    except InputError as problem:
        return _page(request, form=form, problem=problem)
    return see_other(_address(request))


@get(_ONE, opt={"access": Right.REPLAY_RULES})
@in_thread
def back_test_page(request: PageRequest) -> Response[Any]:
    """How far one is, or what it found."""
    test_id = request.path_params["back_test_id"]
    with practice_work(request, Purpose.OPERATIONS) as uow:
        run, found = uow.back_tests.run(test_id), uow.back_tests.find(test_id)
        if run is None and found is None:
            raise NotFoundError(NOTHING_HERE)
        numbers: Mapping[UUID, str] = {}
        if found is not None:
            numbers = uow.back_tests.numbers(_named(found.result))
        practice = uow.practice
    return page(
        request,
        "back_test.html",
        here="practices",
        practice=practice,
        address=_address(request),
        run=run,
        found=found,
        numbers={str(claim): number for claim, number in numbers.items()},
    )


@post(f"{_ONE}/stop", opt={"access": Right.REPLAY_RULES})
@in_thread
def stop_back_test(request: PageRequest) -> Response[Any]:
    """End one that is on its way."""
    practice = practice_of(request, request.path_params["slug"])
    test_id = request.path_params["back_test_id"]
    try:
        backtests.stop(house_of(request).runtime, practice.tenant_id, test_id, person_of(request))
    except NotFoundError:
        raise NotFoundError(NOTHING_HERE) from None
    return see_other(f"{_address(request)}/{test_id}")


def _named(result: BackTest) -> list[UUID]:
    """Every claim the result names as an example."""
    return sorted(
        {claim for rule in result.rules for claims in rule.examples.values() for claim in claims}
    )


def _address(request: PageRequest) -> str:
    return f"/practices/{practice_of(request, request.path_params['slug']).slug}/back-tests"


def _page(
    request: PageRequest, *, form: Form | None = None, problem: ClaimwrightError | None = None
) -> Response[Any]:
    runtime = house_of(request).runtime
    with practice_work(request, Purpose.OPERATIONS) as uow:
        practice = uow.practice
        found, size = uow.back_tests.every(_LISTED_MAX), uow.back_tests.size()
        on_their_way = [one for one in uow.back_tests.runs(_LISTED_MAX) if one.state != "done"]
    book = runtime.rule_book(practice.tenant_id)
    titles = {looker.rule.id: looker.rule.title for looker in book.lookers}
    return form_page(
        request,
        "back_tests.html",
        form,
        problem,
        here="practices",
        practice=practice,
        address=_address(request),
        found=found,
        on_their_way=on_their_way,
        size=size,
        months=_MONTHS,
        plugins=[one.name for one in runtime.plugins.available()],
        releases=_releases(TableStore(runtime.settings.home)),
        rules=sorted(titles.items()),
    )


def _releases(store: TableStore) -> list[str]:
    """Loaded releases of what rules read, those in force or not, the newest first."""
    return [
        f"{name} {release.release}"
        for name in sorted(kinds())
        if fills(name)
        for release in reversed(store.manifest(name).releases)
    ]
