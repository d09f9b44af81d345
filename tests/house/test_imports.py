"""Who may import whom, and who may not import what at all (docs/architecture.md, floors)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PACKAGES = ("core", "plugins", "tenants", "audit", "api")
FILES = sorted(path for package in PACKAGES for path in (REPOSITORY / package).rglob("*.py"))

# An import goes down or stays on its floor.
MAY_IMPORT = {
    "core": {"core"},
    "plugins": {"core", "plugins"},
    "audit": {"core", "audit"},
    "tenants": {"core", "plugins", "audit", "tenants"},
    "api": set(PACKAGES),
}

CORE_OUTSIDE = {
    "__future__", "abc", "base64", "bisect", "collections", "contextlib", "csv", "dataclasses",
    "datetime", "decimal", "enum", "fractions", "functools", "hashlib", "hmac", "io", "itertools",
    "json", "math", "operator", "re", "string", "struct", "types", "typing", "unicodedata", "uuid",
    "msgspec", "zlib", "codecs", "heapq", "array", "inspect", "textwrap", "importlib", "difflib",
    "tomllib", "xml",
}  # fmt: skip
CORE_CRYPTO_OUTSIDE = {"cryptography"}

# module -> where it may be imported (prefixes of paths, without .py)
ONLY_IN = {
    "sqlalchemy": (
        "tenants/store/", "tenants/postgres/", "tenants/session", "tenants/uow", "audit/store",
        "api/bootstrap", "api/worker",
    ),
    "psycopg": ("tenants/store/", "tenants/postgres/", "tenants/session"),
    "alembic": ("tenants/store/",),
    "procrastinate": ("api/worker", "api/demo/workers", "tenants/store/migrations/"),
    "pluggy": ("plugins/spec", "plugins/host"),
    "litestar": ("api/http/", "api/web/"),
    "granian": ("api/serve",),
    "structlog": ("audit/logging",),
    "argon2": ("tenants/staff",),
    "webauthn": ("tenants/security_keys",),
    "segno": ("api/web/",),
    "python_calamine": ("api/tables/unpack",),
    "typst": ("api/documents/",),
    "minijinja": ("api/http/", "api/web/"),
    "cryptography": ("core/crypto/", "audit/verify"),
    "socket": ("tenants/postgres/", "api/outgoing"),
    "httpcore": ("api/outgoing",),
    "joserfc": ("api/company_identity",),
    "subprocess": ("tenants/postgres/", "api/demo/workers", "api/scan"),
    "multipart": ("api/http/uploads",),
    "random": ("plugins/",),
    "time": ("tenants/ids", "tenants/session", "tenants/postgres/", "tenants/staff", "api/"),
    "boto3": ("tenants/aws_kms",), "botocore": ("tenants/aws_kms",), "hvac": ("tenants/vault",),
    "requests": ("tenants/vault",), "httpx": (), "urllib.request": (), "http.client": (),
    "smtplib": (), "ftplib": (), "pickle": (), "marshal": (), "shelve": (),
}  # fmt: skip

SPECIALTIES = ("behavioral_health", "dental", "telehealth", "home_health")


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: imports are absolute here"
            yield node.lineno, node.module or ""


def name_of(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix().removesuffix(".py")


@pytest.mark.control("R33")
@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_file_imports_only_what_its_floor_may(path: Path) -> None:
    name = name_of(path)
    floor = name.partition("/")[0]
    for line, module in imported(ast.parse(path.read_text(encoding="utf-8"))):
        top = module.partition(".")[0]
        where = f"{name}.py:{line}"
        if top in PACKAGES:
            assert top in MAY_IMPORT[floor], f"{where}: {floor} may not import {module}"
        for banned, places in ONLY_IN.items():
            if module == banned or module.startswith(f"{banned}."):
                assert name.startswith(places), f"{where}: {banned} is imported elsewhere only"
        if floor == "core" and top not in PACKAGES:
            allowed = CORE_OUTSIDE | (
                CORE_CRYPTO_OUTSIDE if name.startswith("core/crypto/") else set()
            )
            assert top in allowed, f"{where}: core does not import {module}"


@pytest.mark.parametrize("specialty", SPECIALTIES)
def test_a_specialty_never_imports_another(specialty: str) -> None:
    others = tuple(f"plugins.{one}" for one in SPECIALTIES if one != specialty)
    for path in (REPOSITORY / "plugins" / specialty).rglob("*.py"):
        for line, module in imported(ast.parse(path.read_text(encoding="utf-8"))):
            assert not module.startswith(others), f"{name_of(path)}.py:{line} imports {module}"


CLOCKS = {"now", "today", "utcnow", "monotonic", "perf_counter"}


@pytest.mark.parametrize("path", [p for p in FILES if name_of(p).startswith("core/")], ids=name_of)
def test_core_reads_no_clock_file_environment_or_randomness(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Name):
            assert called.id not in {"open", "input", "exec", "eval", "print", "uuid4", "uuid1"}, (
                f"{name_of(path)}.py:{node.lineno} calls {called.id}"
            )
        elif isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
            owner = called.value.id
            assert not (owner in {"datetime", "date", "time"} and called.attr in CLOCKS), (
                f"{name_of(path)}.py:{node.lineno} reads the clock"
            )
            assert owner not in {"os", "random", "secrets", "socket"}, (
                f"{name_of(path)}.py:{node.lineno} reaches outside"
            )


def _text_calls(tree: ast.AST) -> Iterator[ast.JoinedStr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield node


SQL_FILES = [
    path
    for path in FILES
    if name_of(path).startswith(("tenants/store/", "audit/store"))
    and "/migrations/" not in name_of(path)
]


@pytest.mark.parametrize("path", SQL_FILES, ids=name_of)
def test_sql_is_put_together_from_constants_only(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in _text_calls(tree):
        literal = "".join(
            part.value
            for part in node.values
            if isinstance(part, ast.Constant) and isinstance(part.value, str)
        )
        if not any(word in literal for word in ("SELECT ", "INSERT ", "UPDATE ", "DELETE ")):
            continue
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                constants = {n.id for n in ast.walk(part.value) if isinstance(n, ast.Name)}
                assert all(name.lstrip("_").isupper() for name in constants), (
                    f"{name_of(path)}.py:{node.lineno} puts {sorted(constants)} into SQL"
                )


@pytest.mark.attack("S-66")
def test_connections_are_made_in_one_place_from_one_address() -> None:
    """Money is read where it is written: there is no second engine for reading, and no replica."""
    makers = {
        name_of(path)
        for path in FILES
        if re.search(
            r"\b(create_engine|create_async_engine|engine_from_config)\(", path.read_text()
        )
    }
    assert makers == {"tenants/session", "tenants/store/schema"}
    addresses = [
        (name_of(path), line.strip())
        for path in FILES
        for line in path.read_text().splitlines()
        if "DATABASE_URL" in line and "given" in line
    ]
    assert addresses
    assert {name for name, _ in addresses} == {"api/settings"}
