"""What a check is given beside the file, and who watches a transaction because of it."""

from __future__ import annotations

import msgspec

from core.codes.tables import CodeTables
from core.x12.code_check import CodeCheck
from core.x12.guides.situations import SITUATIONS
from core.x12.observers import Observer, Scene
from core.x12.profiles import Profile
from core.x12.situations import Situations


class CheckOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What a check is given beside the file.

    Without ``tables`` no code set is judged; ``profile`` is that of the partner it goes to or came
    from.
    """

    tables: CodeTables | None = None
    profile: Profile | None = None


def observers(scene: Scene, options: CheckOptions) -> list[Observer]:
    """The observers of a transaction: situations, a partner's demands, code sets."""
    rows = SITUATIONS.get(scene.guide.kind, ())
    found: list[Observer] = [Situations(scene, rows)] if rows else []
    profile = options.profile
    if profile is not None and (demands := profile.rows(scene.guide)):
        found.append(Situations(scene, demands, snip=7))
    if options.tables is not None:
        found.append(CodeCheck(scene, options.tables))
    return found


def unwatched(kind: str, options: CheckOptions) -> tuple[str, ...]:
    """What no observer watches: no table has it, or the check was not given the means."""
    found = []
    if kind not in SITUATIONS:
        found.append(f"SNIP 4: situational rules of the {kind}")
    if options.tables is None:
        found.append("SNIP 5: code sets")
    if options.profile is None:
        found.append("SNIP 7: payer rules (no profile given)")
    return tuple(found)
