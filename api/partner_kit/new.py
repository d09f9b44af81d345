"""``plugin new``: a package with a manifest, one rule, one fee table, settings, tests and CI.

The templates lie beside this file as text, so that they travel in the wheel and are no code of
ours. What a template writes passes its own tests and ``plugin check`` as it stands.
"""

from __future__ import annotations

import keyword
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from string import Template

import msgspec

from core.errors import ConflictError, InputError
from plugins.checks import RESERVED_PREFIXES
from plugins.host import available
from plugins.spec import CONTRACT, ENTRY_POINT_GROUP

_TEMPLATES = Path(__file__).with_name("templates")
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z", re.ASCII)
_PREFIX = re.compile(r"[A-Z][A-Z0-9]{1,7}\Z", re.ASCII)
_NAME_LENGTH_MAX = 40
_OURS = frozenset({"core", "plugins", "tenants", "audit", "api", "tests"})


class Specialty(msgspec.Struct, frozen=True):
    """A starting point: what its one rule says, on whose word, a code for the fee table.

    ``sees`` is the kind of fact its rule has to ask for.
    """

    title: str
    rule_says: str
    rule_source: str
    fee_code: str
    sees: str = ""


SPECIALTIES: Mapping[str, Specialty] = {
    "general": Specialty(
        "General",
        "More minutes are documented than lie between start and end",
        "42 CFR 424.5(a)(6)",
        "99213",
        sees="CLINICAL",
    ),
    "behavioral_health": Specialty(
        "Behavioral health",
        "A service billed by the day has more units than days",
        "HCPCS Level II",
        "H2036",
    ),
    "dental": Specialty(
        "Dental",
        "A dental service at Medicare says with KX or GY why it is billed",
        "42 CFR 411.15(i)",
        "D7140",
    ),
    "home_health": Specialty(
        "Home health",
        "More quarter hours are billed than the record of the visit has",
        "42 U.S.C. 1396b(l)(5)",
        "T1019",
    ),
    "telehealth": Specialty(
        "Telehealth",
        "Medicare takes store-and-forward services from Alaska and Hawaii alone",
        "42 CFR 410.78(d)",
        "99213",
    ),
    "therapy": Specialty(
        "Therapy",
        "The modifier of an assistant goes with that of the discipline",
        "42 CFR 410.59(a)(4), 410.60(a)(4)",
        "97110",
    ),
    "vision": Specialty(
        "Vision",
        "Refraction goes to Medicare with GY, or not at all",
        "42 CFR 411.15(c)",
        "92015",
    ),
}
"""The specialties ``plugin new`` knows, by name."""

DEFAULT_SPECIALTY = "general"

_SHARED = {
    "pyproject.toml": "pyproject.txt",
    "README.md": "readme.txt",
    ".gitignore": "gitignore.txt",
    ".github/workflows/check.yml": "workflow.txt",
    "{name}/__init__.py": "init.txt",
    "{name}/settings.py": "settings.txt",
    "{name}/fees.py": "fees.txt",
    "{name}/data/fees.csv": "fees.csv.txt",
    "tests/test_fees.py": "test_fees.txt",
}
_OF_SPECIALTY = {"{name}/rules.py": "rules.txt", "tests/test_rules.py": "test_rules.txt"}


class NewPlugin(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be written. ``prefix`` empty: made from the name."""

    name: str
    specialty: str = DEFAULT_SPECIALTY
    prefix: str = ""
    author: str = ""


def write_package(asked: NewPlugin, parent: Path) -> Path:
    """Write the package into ``parent/<name>``, whole or not at all; the folder.

    ``InputError`` for a name, prefix or specialty that cannot be, ``ConflictError`` for one that
    belongs to somebody else or a folder that is there already.
    """
    _check_name(asked.name)
    specialty = SPECIALTIES.get(asked.specialty)
    if specialty is None:
        raise InputError(f"there is no specialty of this name; there are {', '.join(SPECIALTIES)}")
    words = _words(asked, specialty)
    folder = parent / asked.name
    if folder.exists():
        raise ConflictError(f"{folder.name} is there already; choose another name or --folder")
    if not parent.is_dir():
        raise InputError(f"{parent.name}: there is no such folder")
    try:
        made = Path(tempfile.mkdtemp(prefix=f".{asked.name}-", dir=parent))
        try:
            for path, text in _files(asked, words).items():
                (made / path).parent.mkdir(parents=True, exist_ok=True)
                (made / path).write_text(text, encoding="utf-8")
            made.chmod(0o755)
            made.rename(folder)
        except BaseException:
            shutil.rmtree(made, ignore_errors=True)
            raise
    except OSError as fault:
        raise InputError(f"{parent.name}: cannot be written to ({fault.strerror})") from None
    return folder


def _files(asked: NewPlugin, words: Mapping[str, str]) -> dict[str, str]:
    sources = {path: f"shared/{file}" for path, file in _SHARED.items()}
    sources |= {path: f"{asked.specialty}/{file}" for path, file in _OF_SPECIALTY.items()}
    return {
        path.format(name=asked.name): Template(
            (_TEMPLATES / source).read_text(encoding="utf-8")
        ).substitute(words)
        for path, source in sources.items()
    }


def _words(asked: NewPlugin, specialty: Specialty) -> dict[str, str]:
    return {
        "name": asked.name,
        "distribution": asked.name.replace("_", "-"),
        "title": asked.name.replace("_", " ").capitalize(),
        "prefix": _prefix(asked),
        "author": _author(asked.author),
        "sees": f"(Sees.{specialty.sees},)" if specialty.sees else "()",
        "sees_import": "Sees, " if specialty.sees else "",
        "asks_for": f"It asks for {specialty.sees.lower()} facts."
        if specialty.sees
        else "It asks for no demographics, clinical facts, money or history.",
        "contract": str(CONTRACT),
        "group": ENTRY_POINT_GROUP,
        "rule_says": specialty.rule_says,
        "rule_source": specialty.rule_source,
        "fee_code": specialty.fee_code,
        "fee_before": "12_000",
        "fee_after": "12_600",
    }


def _check_name(name: str) -> None:
    if not _NAME.match(name) or len(name) > _NAME_LENGTH_MAX or keyword.iskeyword(name):
        raise InputError(
            "a plugin's name is a Python name in lower case, such as eye_care, of at most "
            f"{_NAME_LENGTH_MAX} letters, digits and _"
        )
    if name in {one.name for one in available()}:
        raise ConflictError(f"{name} is a specialty that comes with Claimwright; choose another")
    if name in _OURS or name in sys.stdlib_module_names or keyword.issoftkeyword(name):
        raise ConflictError(f"{name} is the name of a package that is there; choose another")
    if find_spec(name) is not None:
        raise ConflictError(f"a package named {name} is installed already; choose another name")


def _prefix(asked: NewPlugin) -> str:
    taken = RESERVED_PREFIXES | {prefix for one in available() for prefix in one.prefixes}
    if asked.prefix:
        if not _PREFIX.match(asked.prefix):
            raise InputError("a prefix has two to eight capitals and digits, such as EYE")
        if asked.prefix in taken:
            raise ConflictError(f"rules that begin with {asked.prefix}- belong to somebody else")
        return asked.prefix
    letters = asked.name.replace("_", "").upper()
    for length in range(3, 9):
        found = letters[:length]
        if _PREFIX.match(found) and found not in taken:
            return found
    raise InputError("say with --prefix how the plugin's rules begin, such as EYE")


def _author(author: str) -> str:
    if not author.isprintable() or '"' in author or "\\" in author:
        raise InputError("an author is a name or an address, without quotes")
    return author
