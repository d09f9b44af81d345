"""What each role sees: one table, role by class of confidentiality.

What a role may *do* is ``tenants.staff.RIGHTS``. The two together, with the classes that a route
shows (``opt["shows"]``), make the matrix of ``docs/access.md``.
"""

from __future__ import annotations

from collections.abc import Collection

from core.confidentiality import FieldClass
from core.sight import Shown, Sight
from tenants.staff import Role

_W, _M, _H = Shown.WHOLE, Shown.MASKED, Shown.HIDDEN

# Who works claims sees what a claim is made of. A coder needs what was done, not to whom; a poster
# matches money; an administrator and an auditor mostly need neither. Whatever is masked can be
# revealed for a stated purpose, and that is recorded; whatever is hidden cannot, but for an
# emergency. The practice's own people see sums, and its clinicians their own notes.
_COLUMNS = (
    FieldClass.DEMOGRAPHICS,
    FieldClass.IDENTIFIERS,
    FieldClass.CLINICAL,
    FieldClass.SUBSTANCE_USE,
    FieldClass.PSYCHOTHERAPY,
    FieldClass.OPERATIONS,
)
_ROWS = {
    Role.ADMIN: (_M, _M, _M, _H, _H, _W),
    Role.LEAD: (_W, _W, _W, _W, _H, _W),
    Role.BILLER: (_W, _W, _W, _W, _H, _W),
    Role.CODER: (_M, _M, _W, _W, _H, _W),
    Role.POSTER: (_M, _M, _M, _M, _H, _W),
    Role.AUDITOR: (_M, _M, _W, _H, _H, _W),
    # Whose records were looked at, and by whom, is told to the practice by name.
    Role.DIRECTOR: (_W, _H, _H, _H, _H, _W),
    Role.LIAISON: (_H, _H, _H, _H, _H, _W),
    Role.PROVIDER: (_H, _H, _H, _H, _W, _W),
    Role.VIEWER: (_H, _H, _H, _H, _H, _W),
}

SIGHT: dict[Role, Sight] = {
    role: dict(zip(_COLUMNS, row, strict=True)) for role, row in _ROWS.items()
}


def widened(sight: Sight, revealed: Collection[FieldClass]) -> Sight:
    """``sight`` with the masked classes among ``revealed`` whole; a hidden one stays hidden."""
    return {
        kind: Shown.WHOLE if kind in revealed and shown is Shown.MASKED else shown
        for kind, shown in sight.items()
    }


def in_emergency(sight: Sight, *, part_two: bool) -> Sight:
    """``sight`` in an emergency; ``part_two``: a medical one, in which 42 CFR 2.51 lets see more.

    Psychotherapy notes are opened by no emergency.
    """
    opened = {FieldClass.DEMOGRAPHICS, FieldClass.IDENTIFIERS, FieldClass.CLINICAL}
    if part_two:
        opened.add(FieldClass.SUBSTANCE_USE)
    return {kind: Shown.WHOLE if kind in opened else shown for kind, shown in sight.items()}
