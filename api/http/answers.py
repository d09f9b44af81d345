"""Answers: a page with its frame, a part of a page, or the way to another page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar, cast

from anyio import to_thread
from litestar import MediaType, Response

from api.http.forms import FieldError, Form
from api.http.refusals import note_refusal
from api.http.sessions import PageRequest, house_of, token_of, visitor
from core.errors import ClaimwrightError, PluginError
from tenants.staff import Right

P = ParamSpec("P")
T = TypeVar("T")


def in_thread(handler: Callable[P, T]) -> Callable[P, Awaitable[T]]:
    """Run a handler in a thread; what it refuses is written down before the answer goes out.

    The framework's own ``sync_to_thread`` wraps a handler once for every handler that shares its
    path; wrapped twice, it answers with a coroutine (Litestar 2.25).
    """

    @wraps(handler)
    async def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await to_thread.run_sync(partial(handler, *args, **kwargs))
        except ClaimwrightError as error:
            await note_refusal(cast("PageRequest", kwargs["request"]), error)
            raise

    return run


def page(request: PageRequest, template: str, *, status: int = 200, **values: Any) -> Response[Any]:
    """A whole page for who is signed in; ``here`` names the place in the navigation."""
    who = visitor(request)
    content = house_of(request).pages.render(
        template,
        token=token_of(request),
        who=who.staff,
        may={right.value: who.staff.may(right) for right in Right},
        emergencies=who.emergencies,
        **values,
    )
    return Response(content=content, media_type=MediaType.HTML, status_code=status)


def refusal_status(problem: ClaimwrightError | None) -> int:
    """The status of a page that says why something was not done.

    A plugin that fails at what was asked of it is no fault of ours: something else can be asked.
    """
    if problem is None:
        return 200
    return 422 if isinstance(problem, PluginError) else problem.http_status


def see_other(path: str) -> Response[Any]:
    """After a form: go and look there (303)."""
    return Response(
        content="", media_type=MediaType.TEXT, status_code=303, headers={"location": path}
    )


def json_answer(content: str) -> Response[Any]:
    """JSON for our own script."""
    return Response(content=content.encode(), media_type=MediaType.JSON, status_code=200)


def wants_part(request: PageRequest) -> bool:
    """Whether our script asks for the part of a page that changes, not for the whole."""
    return request.headers.get("x-part") == "1"


def form_page(
    request: PageRequest,
    template: str,
    form: Form | None,
    problem: ClaimwrightError | None,
    **values: Any,
) -> Response[Any]:
    """The page again with what was typed and why it was not taken, or the page as it is."""
    return page(
        request,
        template,
        status=200 if problem is None else problem.http_status,
        typed=dict(form.items()) if form else {},
        problem="" if problem is None else problem.message,
        wrong=problem.field if isinstance(problem, FieldError) else "",
        **values,
    )
