"""Who works here: roles, what each may do, and passwords.

A person of the billing company sees the practices assigned to them; a person of a practice has one
of ``CLIENT_ROLES`` and exactly one practice. What a role may do is said here once, what it sees of
a record in ``tenants.access``.
"""

from __future__ import annotations

import re
from enum import StrEnum
from uuid import UUID

import msgspec
from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from core.errors import InputError
from core.rules.rule import Layer
from tenants.guessable import is_guessable

# RFC 9106 and OWASP ASVS 11.4.2 ask for less; this costs about a quarter of a second and 64 MiB.
_HASHER = PasswordHasher(
    time_cost=3, memory_cost=65_536, parallelism=1, hash_len=32, salt_len=16, type=Type.ID
)

# Of a password nobody has: an unknown person costs the same time as a wrong password.
_NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=1$oF2EAkXq8s/2SdxqV0UkjA"
    "$yqDFq9t6st2xzbl5epDOyV9QKRRsYRAeO6Nv3BKqssc"
)

PASSWORD_CHARACTERS_MIN = 15
PASSWORD_CHARACTERS_MAX = 256

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}\Z")


class Role(StrEnum):
    """What a person is here."""

    ADMIN = "admin"
    LEAD = "lead"
    BILLER = "biller"
    CODER = "coder"
    POSTER = "poster"
    AUDITOR = "auditor"
    DIRECTOR = "director"
    LIAISON = "liaison"
    PROVIDER = "provider"
    VIEWER = "viewer"

    @property
    def is_client(self) -> bool:
        """Whether this is a person of a practice, not of the billing company."""
        return self in CLIENT_ROLES


class Right(StrEnum):
    """What a page or an action asks for."""

    WORK_QUEUE = "work_queue"
    EDIT_CLAIM = "edit_claim"
    RELEASE_CLAIM = "release_claim"
    SEE_MASTERS = "see_masters"
    CHANGE_MASTERS = "change_masters"
    CHANGE_STAFF = "change_staff"
    SEE_PORTAL = "see_portal"
    EXPORT_CLAIMS = "export_claims"
    KEEP_CONSENTS = "keep_consents"
    WRITE_NOTES = "write_notes"
    TAKE_EMERGENCY_ACCESS = "take_emergency_access"
    REVIEW_EMERGENCY_ACCESS = "review_emergency_access"
    SEE_ACCESS_LOG = "see_access_log"
    REVIEW_ACCESS = "review_access"
    ENTER_DISCLOSURES = "enter_disclosures"
    HAND_IN_FILES = "hand_in_files"
    CHANGE_OWN_PEOPLE = "change_own_people"
    WAIVE_RULES = "waive_rules"
    REPLAY_RULES = "replay_rules"
    CHANGE_RULES = "change_rules"
    KEEP_AUTHORIZATIONS = "keep_authorizations"
    SEE_PLUGINS = "see_plugins"
    CHANGE_PLUGINS = "change_plugins"


CLIENT_ROLES = frozenset({Role.DIRECTOR, Role.LIAISON, Role.PROVIDER, Role.VIEWER})
STAFF_ROLES = frozenset(Role) - CLIENT_ROLES

RIGHTS: dict[Right, frozenset[Role]] = {
    Right.WORK_QUEUE: STAFF_ROLES,
    Right.EDIT_CLAIM: frozenset({Role.ADMIN, Role.LEAD, Role.BILLER, Role.CODER}),
    Right.RELEASE_CLAIM: frozenset({Role.ADMIN, Role.LEAD, Role.BILLER}),
    Right.SEE_MASTERS: frozenset({Role.ADMIN, Role.LEAD, Role.BILLER, Role.CODER, Role.AUDITOR}),
    Right.CHANGE_MASTERS: frozenset({Role.ADMIN, Role.LEAD}),
    Right.CHANGE_STAFF: frozenset({Role.ADMIN}),
    Right.SEE_PORTAL: CLIENT_ROLES,
    Right.EXPORT_CLAIMS: frozenset({Role.ADMIN, Role.LEAD, Role.DIRECTOR}),
    Right.KEEP_CONSENTS: frozenset({Role.LEAD, Role.BILLER}),
    # Psychotherapy notes belong to who wrote them; nobody who bills has this right.
    Right.WRITE_NOTES: frozenset({Role.PROVIDER}),
    Right.TAKE_EMERGENCY_ACCESS: STAFF_ROLES - {Role.AUDITOR},
    Right.REVIEW_EMERGENCY_ACCESS: frozenset({Role.ADMIN, Role.LEAD, Role.AUDITOR}),
    Right.SEE_ACCESS_LOG: frozenset({Role.DIRECTOR}),
    Right.REVIEW_ACCESS: frozenset({Role.ADMIN, Role.AUDITOR}),
    Right.ENTER_DISCLOSURES: frozenset({Role.ADMIN, Role.LEAD, Role.BILLER}),
    Right.HAND_IN_FILES: frozenset(
        {Role.ADMIN, Role.LEAD, Role.BILLER, Role.POSTER, Role.DIRECTOR}
    ),
    Right.CHANGE_OWN_PEOPLE: frozenset({Role.DIRECTOR}),
    Right.WAIVE_RULES: frozenset({Role.ADMIN, Role.LEAD}),
    Right.REPLAY_RULES: frozenset({Role.ADMIN, Role.LEAD, Role.AUDITOR}),
    Right.CHANGE_RULES: frozenset({Role.ADMIN, Role.LEAD}),
    Right.KEEP_AUTHORIZATIONS: frozenset({Role.LEAD, Role.BILLER}),
    Right.SEE_PLUGINS: frozenset({Role.ADMIN, Role.LEAD}),
    # Whoever switches a partner's code on agrees to what it is given to see.
    Right.CHANGE_PLUGINS: frozenset({Role.ADMIN}),
}

# A state's rule is law and a practice's rule what the practice has decided: a biller follows both,
# and a lead answers for the exception. What rejects and what guards privacy nobody overrides.
_BILLER_LAYERS = frozenset({Layer.PLATFORM, Layer.SPECIALTY, Layer.PAYER})
OVERRIDABLE: dict[Role, frozenset[Layer]] = {
    Role.ADMIN: frozenset(Layer),
    Role.LEAD: frozenset(Layer),
    Role.BILLER: _BILLER_LAYERS,
}
"""Whose ``deny`` findings a role may override, by the layer of the rule; nobody else may any."""


class Staff(msgspec.Struct, frozen=True, kw_only=True):
    """A person with an account; ``email`` is lower case.

    ``location`` is where they work: a country, or a country and a state (``US``, ``US-PA``).
    """

    id: UUID
    email: str
    name: str
    role: Role
    active: bool = True
    location: str = "US"

    @property
    def is_onshore(self) -> bool:
        """Whether the person works in the United States."""
        return self.location[:2] == "US"

    def may(self, right: Right) -> bool:
        """Whether the role has the right."""
        return self.role in RIGHTS[right]

    @property
    def overrides(self) -> frozenset[Layer]:
        """The layers whose ``deny`` findings the person may override."""
        return OVERRIDABLE.get(self.role, frozenset())


def normal_email(text: str) -> str:
    """The address as accounts are found by it, or ``InputError``."""
    email = text.strip().lower()
    if not _EMAIL.match(email):
        raise InputError("an e-mail address looks like name@example.org")
    return email


def check_new_password(password: str, *, email: str, name: str = "", company: str = "") -> None:
    """``InputError`` unless the password is long enough and not among those guessed first.

    Length is what counts (ASVS 6.2.1): 15 characters at least, any characters. Common passwords
    and words about the person and the company add nothing to it (ASVS 6.2.4, 6.1.2).
    """
    if not PASSWORD_CHARACTERS_MIN <= len(password) <= PASSWORD_CHARACTERS_MAX:
        raise InputError(
            f"a password has {PASSWORD_CHARACTERS_MIN} to {PASSWORD_CHARACTERS_MAX} characters; "
            "a few unrelated words are easy to keep in mind"
        )
    if is_guessable(password, (email, name, company)):
        raise InputError("this password is easily guessed; choose a few unrelated words")


def password_hash(password: str) -> str:
    """The argon2id hash to store; about a quarter of a second and 64 MiB."""
    return _HASHER.hash(password)


def password_matches(stored: str | None, password: str) -> bool:
    """Whether ``password`` belongs to ``stored``; takes as long when there is no account."""
    try:
        return _HASHER.verify(stored or _NOBODY, password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def hash_is_old(stored: str) -> bool:
    """Whether ``stored`` was made with other costs than today's."""
    return _HASHER.check_needs_rehash(stored)
