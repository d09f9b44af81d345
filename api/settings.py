"""The settings of an installation, from the environment; all state lives below ``home``."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from api.outgoing_address import read_origin
from core.errors import SetupError

DEFAULT_ORIGIN = "http://localhost:8000"

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class CompanyIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """The company's identity provider (OpenID Connect) and what it is trusted with.

    ``second_factor`` are the values of ``amr`` or ``acr`` that count as one; none: our own follows.
    """

    issuer: str
    client_id: str
    client_secret: str
    public_url: str
    link_by_email: bool = False
    second_factor: frozenset[str] = frozenset()

    @property
    def return_address(self) -> str:
        """Where the provider sends people back to, as it was told when we were registered."""
        return f"{self.public_url}/sign-in/company/return"

    def __repr__(self) -> str:
        return f"CompanyIdentity({self.issuer!r})"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """``database_url`` None: the embedded server below ``home``.

    ``plugins`` are the partner plugins that may be loaded: installed is not trusted.
    ``time_zone`` decides which day it is in lists across practices; each practice has its own.
    ``keys`` names who wraps the practices' keys: local, aws-kms:<key> or vault:<mount>/<key>.
    ``connectors`` says which origins each connector may call; one without an entry calls nobody.
    The sender fields stand on every 837: who files, and which clearinghouse receives.
    ``origin`` is where people open the pages: requests for another host are refused, and security
    keys work there alone.
    """

    home: Path
    database_url: str | None = None
    sender_name: str = "CLAIMWRIGHT BILLING"
    sender_contact: str = "EDI DESK"
    sender_phone: str = "8005550100"
    receiver_id: str = "CLEARINGHOUSE"
    receiver_name: str = "CLEARINGHOUSE"
    usage: str = "P"
    time_zone: str = "America/New_York"
    plugins: tuple[str, ...] = ()
    unconfined_plugins: tuple[str, ...] = ()
    """Partner plugins that run also where the system has not every fence for them."""
    keys: str = "local"
    acknowledgement_requested: bool = False
    claims_per_transaction: int = 500
    claims_per_file: int = 5_000
    durable: bool = True
    connectors: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    origin: str = DEFAULT_ORIGIN
    admins_need_key: bool = False
    behind_proxy: bool = False
    """A proxy in front ends TLS, and nobody reaches this server but through it."""
    scan_command: tuple[str, ...] = ()
    """The program that looks at files people hand in, with its arguments; none: nobody looks."""
    company: CompanyIdentity | None = None

    @property
    def exchange(self) -> Path:
        """The folder of the file transport: ``<practice>/outbound`` and ``<practice>/inbound``."""
        return self.home / "exchange"

    @property
    def checkpoints(self) -> Path:
        """Where audit checkpoints are written, outside the database."""
        return self.home / "checkpoints"


def read(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process. ``SetupError`` for one that cannot be used."""
    given = os.environ if environment is None else environment
    home = Path(given.get("CLAIMWRIGHT_HOME") or _default_home(given)).expanduser()
    if not home.is_absolute():
        home = Path.cwd() / home
    usage = given.get("CLAIMWRIGHT_USAGE", "P")
    if usage not in ("P", "T"):
        raise SetupError("CLAIMWRIGHT_USAGE is P (production) or T (test)")
    return Settings(
        home=home,
        database_url=given.get("DATABASE_URL") or None,
        sender_name=given.get("CLAIMWRIGHT_SENDER_NAME", "CLAIMWRIGHT BILLING"),
        sender_contact=given.get("CLAIMWRIGHT_SENDER_CONTACT", "EDI DESK"),
        sender_phone=given.get("CLAIMWRIGHT_SENDER_PHONE", "8005550100"),
        receiver_id=given.get("CLAIMWRIGHT_RECEIVER_ID", "CLEARINGHOUSE"),
        receiver_name=given.get("CLAIMWRIGHT_RECEIVER_NAME", "CLEARINGHOUSE"),
        usage=usage,
        time_zone=_zone(given),
        plugins=_names(given, "CLAIMWRIGHT_PLUGINS"),
        unconfined_plugins=_names(given, "CLAIMWRIGHT_UNCONFINED_PLUGINS"),
        keys=given.get("CLAIMWRIGHT_KEYS") or "local",
        claims_per_transaction=_count(given, "CLAIMWRIGHT_CLAIMS_PER_TRANSACTION", 500),
        claims_per_file=_count(given, "CLAIMWRIGHT_CLAIMS_PER_FILE", 5_000),
        acknowledgement_requested=given.get("CLAIMWRIGHT_REQUEST_TA1", "") == "1",
        connectors=_connectors(given),
        origin=_origin(given),
        admins_need_key=given.get("CLAIMWRIGHT_ADMINS_NEED_KEY", "") == "1",
        scan_command=_program(given, "CLAIMWRIGHT_SCAN_COMMAND"),
        behind_proxy=given.get("CLAIMWRIGHT_BEHIND_PROXY", "") == "1",
        company=_company(given),
    )


def _names(given: Mapping[str, str], variable: str) -> tuple[str, ...]:
    return tuple(given.get(variable, "").replace(",", " ").split())


def environment(settings: Settings) -> dict[str, str]:
    """The environment under which another process of ours reads the same settings."""
    given = {
        "CLAIMWRIGHT_HOME": str(settings.home),
        "CLAIMWRIGHT_SENDER_NAME": settings.sender_name,
        "CLAIMWRIGHT_SENDER_CONTACT": settings.sender_contact,
        "CLAIMWRIGHT_SENDER_PHONE": settings.sender_phone,
        "CLAIMWRIGHT_RECEIVER_ID": settings.receiver_id,
        "CLAIMWRIGHT_RECEIVER_NAME": settings.receiver_name,
        "CLAIMWRIGHT_USAGE": settings.usage,
        "CLAIMWRIGHT_TIME_ZONE": settings.time_zone,
        "CLAIMWRIGHT_PLUGINS": " ".join(settings.plugins),
        "CLAIMWRIGHT_UNCONFINED_PLUGINS": " ".join(settings.unconfined_plugins),
        "CLAIMWRIGHT_KEYS": settings.keys,
        "CLAIMWRIGHT_CLAIMS_PER_TRANSACTION": str(settings.claims_per_transaction),
        "CLAIMWRIGHT_CLAIMS_PER_FILE": str(settings.claims_per_file),
        "CLAIMWRIGHT_CONNECTORS": "; ".join(
            f"{name}={' '.join(origins)}" for name, origins in settings.connectors.items()
        ),
        "CLAIMWRIGHT_REQUEST_TA1": "1" if settings.acknowledgement_requested else "0",
        "CLAIMWRIGHT_ORIGIN": settings.origin,
        "CLAIMWRIGHT_ADMINS_NEED_KEY": "1" if settings.admins_need_key else "0",
        "CLAIMWRIGHT_SCAN_COMMAND": shlex.join(settings.scan_command),
        "CLAIMWRIGHT_BEHIND_PROXY": "1" if settings.behind_proxy else "0",
    }
    if (company := settings.company) is not None:
        given |= {
            "CLAIMWRIGHT_OIDC_ISSUER": company.issuer,
            "CLAIMWRIGHT_OIDC_CLIENT_ID": company.client_id,
            "CLAIMWRIGHT_OIDC_CLIENT_SECRET": company.client_secret,
            "CLAIMWRIGHT_OIDC_LINK_BY_EMAIL": "1" if company.link_by_email else "0",
            "CLAIMWRIGHT_OIDC_SECOND_FACTOR": " ".join(sorted(company.second_factor)),
        }
    if settings.database_url is not None:
        given["DATABASE_URL"] = settings.database_url
    return given


def _origin(given: Mapping[str, str]) -> str:
    """Scheme and host, as browsers send them: small letters, no path, no usual port."""
    text = given.get("CLAIMWRIGHT_ORIGIN", DEFAULT_ORIGIN).rstrip("/").lower()
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    if usual is None or not parts.hostname or text != f"{parts.scheme}://{parts.netloc}":
        raise SetupError("CLAIMWRIGHT_ORIGIN is an address such as https://billing.example.org")
    if parts.username is not None or (parts.scheme == "http" and parts.hostname not in _LOOPBACK):
        raise SetupError("CLAIMWRIGHT_ORIGIN begins with https:// anywhere but on localhost")
    return text.removesuffix(f":{port}") if port == usual else text


def _zone(given: Mapping[str, str]) -> str:
    name = given.get("CLAIMWRIGHT_TIME_ZONE", "America/New_York")
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise SetupError("CLAIMWRIGHT_TIME_ZONE is a zone such as America/Chicago") from None
    return name


def _connectors(given: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    """``name=https://one.example https://two.example; other=...``."""
    found: dict[str, tuple[str, ...]] = {}
    for part in filter(str.strip, given.get("CLAIMWRIGHT_CONNECTORS", "").split(";")):
        name, sign, origins = part.strip().partition("=")
        if not sign or not name.isidentifier() or name in found or not origins.split():
            raise SetupError("CLAIMWRIGHT_CONNECTORS looks like: name=https://api.example.org; ...")
        found[name] = tuple(read_origin(one).text for one in origins.split())
    return found


def _program(given: Mapping[str, str], name: str) -> tuple[str, ...]:
    """A program by its absolute path, with arguments; what cannot be run stops the start."""
    try:
        words = tuple(shlex.split(given.get(name, "")))
    except ValueError:
        raise SetupError(f"the quotes in {name} do not close") from None
    program = Path(words[0]) if words else None
    if program and not (
        program.is_absolute() and program.is_file() and os.access(program, os.X_OK)
    ):
        raise SetupError(f"{name} begins with the absolute path of a program that can be run")
    return words


def _company(given: Mapping[str, str]) -> CompanyIdentity | None:
    issuer = given.get("CLAIMWRIGHT_OIDC_ISSUER", "")
    if not issuer:
        return None
    secret = _secret(given.get("CLAIMWRIGHT_OIDC_CLIENT_SECRET_FILE", ""))
    found = CompanyIdentity(
        issuer=issuer,
        client_id=given.get("CLAIMWRIGHT_OIDC_CLIENT_ID", ""),
        client_secret=secret or given.get("CLAIMWRIGHT_OIDC_CLIENT_SECRET", ""),
        public_url=_origin(given),
        link_by_email=given.get("CLAIMWRIGHT_OIDC_LINK_BY_EMAIL", "") == "1",
        second_factor=frozenset(given.get("CLAIMWRIGHT_OIDC_SECOND_FACTOR", "").split()),
    )
    if not (found.client_id and found.client_secret):
        raise SetupError(
            "CLAIMWRIGHT_OIDC_ISSUER needs CLAIMWRIGHT_OIDC_CLIENT_ID and a client secret"
        )
    return found


def _secret(path: str) -> str:
    """What stands in the file of a secret; empty without a file."""
    if not path:
        return ""
    try:
        if Path(path).stat().st_mode & 0o077:
            raise SetupError("CLAIMWRIGHT_OIDC_CLIENT_SECRET_FILE: others may read it; chmod 600")
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise SetupError("CLAIMWRIGHT_OIDC_CLIENT_SECRET_FILE cannot be read") from None


def _count(given: Mapping[str, str], name: str, default: int) -> int:
    text = given.get(name, str(default))
    if not text.isdigit() or not 1 <= int(text) <= 100_000:
        raise SetupError(f"{name} is a number from 1 to 100000")
    return int(text)


def _default_home(given: Mapping[str, str]) -> str:
    """The platform's folder for data of a program."""
    user = given.get("HOME") or str(Path("~").expanduser())
    if sys.platform == "darwin":
        return f"{user}/Library/Application Support/claimwright"
    return f"{given.get('XDG_DATA_HOME') or f'{user}/.local/share'}/claimwright"


def make_home(settings: Settings) -> None:
    """Create ``home``, readable by its owner alone; one sentence when that is not possible."""
    try:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = settings.home / ".writable"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as problem:
        raise SetupError(
            f"the folder for data cannot be written ({problem.strerror}); "
            "choose another with CLAIMWRIGHT_HOME"
        ) from None
