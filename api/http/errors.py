"""From an error to an answer: a page for people, ``application/problem+json`` for programs.

The sentence of one of our own errors is safe to show. Of any other error nothing is shown and only
its class and place are logged: its text may quote a record.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException
from minijinja import TemplateError

from api.http.answers import see_other
from api.http.correlation import request_id
from api.http.house import House
from api.http.sessions import NOTHING_HERE, NotSignedInError, ProofNeededError
from audit.logging import get_logger, place_of
from core.errors import ClaimwrightError

_LOG = get_logger("api.http")

API = "/api/"
"""Where the interface for programs begins: errors there are never a page."""

_PLAIN = {
    400: "this request cannot be understood",
    401: "sign in to go on",
    403: "this is not allowed",
    404: NOTHING_HERE,
    405: "this address does not take that kind of request",
    413: "this is too large",
    415: "this kind of content is not taken here",
    422: "this request cannot be understood",
    429: "too many requests; wait a little",
}


def wants_page(request: Request[Any, Any, Any]) -> bool:
    """Whether a person's browser asks, not a program."""
    if request.scope["path"].startswith(API):
        return False
    return "text/html" in request.headers.get("accept", "")


def our_error(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Errors raised on purpose: their own status and sentence."""
    assert isinstance(error, ClaimwrightError)
    if isinstance(error, NotSignedInError | ProofNeededError) and wants_page(request):
        door = error.page if isinstance(error, ProofNeededError) else "/sign-in"
        if request.method == "GET":
            # Paths hold ids only, so the way back may stand in the address.
            query = request.url.query
            back = request.url.path + (f"?{query}" if query else "")
            return see_other(door if back == "/" else f"{door}?next={quote(back, safe='')}")
    if error.http_status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _LOG.error(
            "http.refused",
            request_id=request_id(request.scope),
            error_code=error.code,
            http_status=error.http_status,
        )
    answer = _answer(request, error.http_status, error.code, error.message)
    answer.headers.update(getattr(error, "headers", {}))
    return answer


def framework_error(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Errors of the HTTP framework: their status, never their text, which may quote the request."""
    assert isinstance(error, HTTPException)
    status = error.status_code
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return unexpected_error(request, error)
    return _answer(
        request,
        status,
        HTTPStatus(status).name.lower().replace("_", "-"),
        _PLAIN.get(status, _PLAIN[400]),
    )


def unexpected_error(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Our own mistakes: a number to find them by in the log, and nothing else."""
    number = request_id(request.scope)
    _LOG.error(
        "http.failed",
        request_id=number,
        error_type=type(error).__name__,
        line_at=_at(error),
        method=request.method,
        route=request.scope.get("path_template"),
    )
    return _answer(
        request, 500, "unexpected", "something went wrong on our side; nothing was changed"
    )


def _at(error: BaseException) -> str:
    """File and line of the innermost frame, in code or in a template; never data."""
    if isinstance(error, TemplateError):
        return f"{error.name}:{error.line}"
    return place_of(error)


def _answer(
    request: Request[Any, Any, Any], status: int, code: str, sentence: str
) -> Response[Any]:
    title = HTTPStatus(status).phrase
    # Of a refusal the number is in the header alone: what is not there and what is another
    # practice's must read the same.
    number = str(request_id(request.scope)) if status >= HTTPStatus.INTERNAL_SERVER_ERROR else ""
    if wants_page(request):
        house = request.app.state["house"]
        assert isinstance(house, House)
        page = house.pages.render("error.html", title=title, sentence=sentence, number=number)
        return Response(content=page, media_type=MediaType.HTML, status_code=status)
    problem: dict[str, str | int] = {
        "type": f"urn:claimwright:{code}",
        "title": title,
        "status": status,
        "detail": sentence,
    }
    if number:
        problem["request_id"] = number
    return Response(
        content=msgspec.json.encode(problem),
        media_type="application/problem+json",
        status_code=status,
    )
