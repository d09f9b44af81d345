"""Role x route x class of fields, read from the code: the page ``docs/access.md``, and tests.

A route says by which right it is reached (``opt["access"]``) and which classes it can show
(``opt["shows"]``); a role has rights and a sight. Nothing here is decided, only put side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from api.http.app import HANDLERS
from api.http.sessions import ANYBODY, PUBLIC
from core.claims.parties import Value
from core.confidentiality import FieldClass
from core.sight import Shown
from tenants.access import SIGHT
from tenants.programs import TokenScope
from tenants.staff import RIGHTS, Right, Role


class Route(Value, frozen=True, kw_only=True):
    """A route as it says of itself. ``access`` is a right, ``anybody`` or ``public``."""

    method: str
    path: str
    access: str
    shows: tuple[FieldClass, ...] = ()
    emergency: bool = False
    step_up: bool = False

    def lets_in(self, role: Role) -> bool:
        """Whether somebody of the role gets past the guard."""
        return self.access in (PUBLIC, ANYBODY) or role in RIGHTS[Right(self.access)]


def routes() -> tuple[Route, ...]:
    """Every route for people, in the app's order; what a program sees its scopes say."""
    return tuple(
        Route(
            method=method,
            path=path.replace(":str", "").replace(":uuid", ""),
            access=str(handler.opt["access"]),
            shows=tuple(handler.opt.get("shows", ())),
            emergency=bool(handler.opt.get("emergency")),
            step_up=bool(handler.opt.get("step_up")),
        )
        for handler in HANDLERS
        if not isinstance(handler.opt["access"], TokenScope)
        for path in sorted(handler.paths)
        for method in sorted(handler.http_methods)
    )


def cell(role: Role, route: Route, kind: FieldClass) -> Shown | None:
    """What somebody of ``role`` sees of ``kind`` on ``route``; None where they never get there."""
    if kind not in route.shows or not route.lets_in(role):
        return None
    return SIGHT[role][kind]


def access_page() -> str:
    """``docs/access.md``: what each role sees, may do, and meets on each route."""
    found = routes()
    return "\n".join(
        (
            "# Who may see and do what",
            "",
            "Made from `tenants/staff.py`, `tenants/access.py` and what each route says of itself,",
            "by `make docs`; do not edit.",
            "",
            "## What a role sees of a record",
            "",
            "*whole*; *masked*: initials, the year of birth, the last four of a number, how many",
            "diagnoses there are (what is masked can be shown once, for a stated purpose, and",
            "that is recorded); *hidden*: not at all. The clinical fields of a record of a Part 2",
            "program are `substance_use`. Amounts, codes billed, days and stages are no class:",
            "whoever may see a claim sees them; but a role to whom `substance_use` is hidden sees",
            "no codes of such a claim either. Emergency access shows the first three classes",
            "whole, in a medical emergency the fourth, and psychotherapy notes never.",
            "",
            *_table(
                ("role", *(kind.value for kind in FieldClass)),
                ((role.value, *(SIGHT[role][kind].value for kind in FieldClass)) for role in Role),
            ),
            "",
            "## What a role may do",
            "",
            *_table(
                ("right", *(role.value for role in Role)),
                (
                    (f"`{right.value}`", *("yes" if role in RIGHTS[right] else "" for role in Role))
                    for right in Right
                ),
            ),
            "",
            "## Routes that show a record",
            "",
            "By role: what is seen of "
            + ", ".join(f"{kind.value} ({_letter(kind)})" for kind in FieldClass)
            + ".",
            "W whole, M masked, - hidden; empty: the role does not get there.",
            "",
            *_table(
                ("route", "shows", *(role.value for role in Role)),
                (
                    (_name(route), _letters(route), *(_cells(role, route) for role in Role))
                    for route in found
                    if route.shows
                ),
            ),
            "",
            "## Every other route",
            "",
            "They show no field of a patient. *step-up*: asks for the second factor again.",
            "",
            *_table(
                ("route", "right", "who"),
                (
                    (
                        _name(route),
                        f"`{route.access}`" + (", step-up" if route.step_up else ""),
                        _who(route),
                    )
                    for route in found
                    if not route.shows
                ),
            ),
            "",
        )
    )


def _name(route: Route) -> str:
    return f"`{route.method} {route.path}`"


def _letter(kind: FieldClass) -> str:
    return kind.value[0].upper()


def _letters(route: Route) -> str:
    return " ".join(_letter(kind) for kind in FieldClass if kind in route.shows)


def _cells(role: Role, route: Route) -> str:
    signs = {Shown.WHOLE: "W", Shown.MASKED: "M", Shown.HIDDEN: "-"}
    seen = (cell(role, route, kind) for kind in FieldClass if kind in route.shows)
    return " ".join(signs[one] for one in seen if one is not None)


def _who(route: Route) -> str:
    if route.access == PUBLIC:
        return "everybody"
    if route.access == ANYBODY:
        return "everybody signed in"
    return ", ".join(role.value for role in Role if route.lets_in(role))


def _table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    names = list(header)
    yield f"| {' | '.join(names)} |"
    yield "|" + "---|" * len(names)
    for row in rows:
        yield f"| {' | '.join(row)} |"
