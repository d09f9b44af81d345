"""``docs/api.md``: the interface for programs, made from its handlers and scopes."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
from litestar.handlers import HTTPRouteHandler

from api.http.v1.routes import API_HANDLERS
from core.bounded_json import DEPTH_MAX, NUMBER_DIGITS_MAX
from tenants.programs import NEVER_BY_TOKEN, TOKEN_DAYS_MAX, TokenScope

_SHUT = " and ".join(f"`{one}`" for one in sorted(NEVER_BY_TOKEN))

_INTRODUCTION = f"""\
A program of a practice or a partner calls `/api/v1` with a token of its own. An administrator makes
the program's account and its tokens on the page *Programs* (below *Staff*), or with
`claimwright token create`.

- **Token**: `Authorization: Bearer cwt_...`, and nowhere else. In an address or a cookie it is
  refused (400) and marked as seen, on every route and page. It holds for at most
  {TOKEN_DAYS_MAX} days, is shown once, and ends with the next request after it is revoked. A
  session's cookie is nothing here.
- **Scopes** say which routes, and which classes of fields. What they do not open is left out and
  named in `left_out`. {_SHUT} are opened by no scope.
- **Practices**: one that is not the program's is as if it were not there (404).
- **Errors** are `application/problem+json`: `type` (`urn:claimwright:` and a code), `title`,
  `status`, `detail` (a sentence), `instance` (the number of the request). Every answer has
  `x-request-id`. 400, 404, 409, 413 and 422 will be the same again; 401 and 403 need an
  administrator; 429 and 503 may be tried again after `retry-after`, or a minute.
- **Limits**: bodies as each route says. JSON nests at most {DEPTH_MAX} levels, a number has at most
  {NUMBER_DIGITS_MAX} signs, and no name stands twice in an object.
- **Amounts** are whole cents. Nothing is cached (`no-store`). Reading a claim is an audit event of
  the program, for the purpose of payment.
"""


def interface_page() -> str:
    """The page."""
    lines = [
        "# The interface for programs",
        "",
        "Made from the handlers in `api/http/v1` by `make docs`; do not edit.",
        "",
        _INTRODUCTION,
        "## Scopes",
        "",
        "| scope | a program with it may |",
        "|---|---|",
        *(f"| `{scope}` | {scope.meaning} |" for scope in TokenScope),
    ]
    for handler in API_HANDLERS:
        lines += _route(handler)
    return "\n".join([*lines, ""])


def _route(handler: HTTPRouteHandler) -> Iterator[str]:
    [path], [method] = handler.paths, handler.http_methods - {"OPTIONS", "HEAD"}
    yield from ("", f"## {method} {path.replace(':str', '').replace(':uuid', '')}", "")
    yield inspect.getdoc(handler.fn) or ""
    yield from ("", f"Scope: `{handler.opt['access']}`.")
    if takes := handler.opt.get("takes"):
        kinds = ", ".join(f"`{one}`" for one in takes)
        yield f"Takes: {kinds}, at most {handler.resolve_request_max_body_size():,} bytes."
    if query := handler.opt.get("query"):
        yield from ("", "| in the query | |", "|---|---|")
        yield from (f"| `{name}` | {meaning} |" for name, meaning in query.items())
    if (answer := handler.opt["answer"]) is not None:
        yield from ("", "| answer | type |", "|---|---|")
        yield from (f"| `{name}` | {kind} |" for name, kind in _fields(answer, ""))


def _fields(struct: Any, prefix: str) -> Iterator[tuple[str, str]]:
    """The fields of an answer, those of its parts below them."""
    for name, kind in get_type_hints(struct).items():
        inner, many, may_be_null = _unwrapped(kind)
        is_part = isinstance(inner, type) and issubclass(inner, msgspec.Struct)
        word = "object" if is_part else _WORDS.get(inner, "text")
        word = f"list of {word}s" if many else word
        yield f"{prefix}{name}", word + (" or null" if may_be_null else "")
        if is_part:
            yield from _fields(inner, f"{prefix}{name}{'[]' if many else ''}.")


_WORDS = {int: "whole number", bool: "true or false"}


def _unwrapped(kind: Any) -> tuple[Any, bool, bool]:
    """The type itself, whether there are many of it, and whether it may be null."""
    may_be_null = False
    if get_origin(kind) in (Union, UnionType):
        may_be_null = NoneType in get_args(kind)
        [kind] = [one for one in get_args(kind) if one is not NoneType]
    if get_origin(kind) is tuple:
        return get_args(kind)[0], True, may_be_null
    return kind, False, may_be_null
