"""How old the newest backup and the last rehearsal are, for ``claimwright doctor``."""

from __future__ import annotations

from datetime import datetime, timedelta

from api.backup.drill import BACKUP_AGE_HOURS_MAX, DRILL_AGE_DAYS_MAX
from api.bootstrap import Runtime
from api.deployment import last_time
from tenants.session import transaction
from tenants.store import practices


def examine_backups(running: Runtime) -> tuple[tuple[str, bool, str], ...]:
    """Name, whether it is well, and a sentence: for the newest backup and the last drill.

    An installation is given as long as a backup may be old before its first one is missed.
    """
    with transaction(running.engine) as connection:
        since = practices.first_created_at(connection)
    if since is None:
        return (("backup", True, "There is no practice yet, and nothing to back up."),)
    now = running.clock()
    backup = last_time(running, "backup.made", "backup.restored")
    drill = last_time(running, "backup.drilled")
    return (
        _answer(
            "backup",
            ok=now - (backup or since) <= timedelta(hours=BACKUP_AGE_HOURS_MAX),
            sentence=f"The newest backup is {_age(now, backup)} old"
            if backup
            else "No backup was made yet",
            advice="run: claimwright backup make DIR",
        ),
        _answer(
            "backup drill",
            ok=now - (drill or since) <= timedelta(days=DRILL_AGE_DAYS_MAX),
            sentence=f"A restore was rehearsed {_age(now, drill)} ago"
            if drill
            else "No restore was rehearsed yet",
            advice="run: claimwright backup drill",
        ),
    )


def _answer(name: str, *, ok: bool, sentence: str, advice: str) -> tuple[str, bool, str]:
    return name, ok, f"{sentence}." if ok else f"{sentence}; {advice}."


def _age(now: datetime, then: datetime) -> str:
    hours = int((now - then).total_seconds() // 3600)
    return f"{hours} hours" if hours < 72 else f"{hours // 24} days"
