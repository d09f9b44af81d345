"""Security keys and passkeys (W3C Web Authentication): what a browser is asked, what it answers.

The library verifies the answer; here stands what we insist on: our own site, a challenge we gave,
a counter that moved on, and that the key checked its user (PIN, finger, face). A refusal says one
sentence and no reason.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec
import webauthn
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from core.errors import ForbiddenError
from tenants.staff import Staff
from tenants.store.factors import SecurityKey

_CHALLENGE_BYTES = 32
_NAME = "Claimwright"
_REFUSED = "the security key was not accepted; try again, or use another way"


class Site(msgspec.Struct, frozen=True):
    """Where the pages are: ``https://billing.example.org``; keys work for this site alone."""

    origin: str

    @property
    def host(self) -> str:
        """What ``Host`` says: the name, with the port where it is not the usual one."""
        return urlsplit(self.origin).netloc

    @property
    def domain(self) -> str:
        """The name keys are bound to."""
        return urlsplit(self.origin).hostname or ""


class KeyAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What our script sends of a browser's answer, each part in base64url as it came."""

    credential_id: str
    client_data: str
    authenticator_data: str = ""
    signature: str = ""
    user_handle: str = ""
    attestation: str = ""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the browser is asked (JSON), and the challenge in it, to be kept on our side."""

    options: str
    challenge: bytes


class Enrolled(msgspec.Struct, frozen=True, kw_only=True):
    """A key that was just made for us."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


def ask_for_new(site: Site, person: Staff, known: Sequence[SecurityKey]) -> Asked:
    """Ask for a new key of this person; one they have already is not made again."""
    challenge = secrets.token_bytes(_CHALLENGE_BYTES)
    options = webauthn.generate_registration_options(
        rp_id=site.domain,
        rp_name=_NAME,
        user_name=person.email,
        user_display_name=person.name,
        user_id=person.id.bytes,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_descriptors(known),
    )
    return Asked(options=webauthn.options_to_json(options), challenge=challenge)


def enrol(site: Site, challenge: bytes | None, answer: KeyAnswer) -> Enrolled:
    """The new key in the answer, or ``ForbiddenError``."""
    if challenge is None:
        raise ForbiddenError(_REFUSED)
    credential = _credential(answer) | {
        "response": {
            "clientDataJSON": answer.client_data,
            "attestationObject": answer.attestation,
        }
    }
    try:
        done = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.domain,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    # Whatever its decoders stumble over in an answer no browser makes: refused all the same.
    except Exception:
        raise ForbiddenError(_REFUSED) from None
    return Enrolled(
        credential_id=done.credential_id,
        public_key=done.credential_public_key,
        sign_count=done.sign_count,
    )


def ask_for_proof(site: Site, keys: Sequence[SecurityKey] = ()) -> Asked:
    """Ask for one of ``keys``; without any, for whichever key knows this site.

    Before anybody signed in no key may be named: the list would say who has an account here.
    """
    challenge = secrets.token_bytes(_CHALLENGE_BYTES)
    options = webauthn.generate_authentication_options(
        rp_id=site.domain,
        challenge=challenge,
        allow_credentials=_descriptors(keys),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return Asked(options=webauthn.options_to_json(options), challenge=challenge)


def prove(site: Site, challenge: bytes | None, answer: KeyAnswer, key: SecurityKey | None) -> int:
    """The key's counter after this use, or ``ForbiddenError``.

    A counter that did not move on is a copy of the key, or an answer sent before.
    """
    if challenge is None or key is None:
        raise ForbiddenError(_REFUSED)
    if answer.user_handle and _bytes(answer.user_handle) != key.staff_id.bytes:
        raise ForbiddenError(_REFUSED)
    response = {
        "clientDataJSON": answer.client_data,
        "authenticatorData": answer.authenticator_data,
        "signature": answer.signature,
    }
    try:
        done = webauthn.verify_authentication_response(
            credential=_credential(answer) | {"response": response},
            expected_challenge=challenge,
            expected_rp_id=site.domain,
            expected_origin=site.origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.sign_count,
            require_user_verification=True,
        )
    except Exception:
        raise ForbiddenError(_REFUSED) from None
    return done.new_sign_count


def credential_id_of(answer: KeyAnswer) -> bytes:
    """Which key answered; empty when that cannot be read."""
    return _bytes(answer.credential_id)


def _credential(answer: KeyAnswer) -> dict[str, Any]:
    return {"id": answer.credential_id, "rawId": answer.credential_id, "type": "public-key"}


def _descriptors(keys: Sequence[SecurityKey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=key.credential_id) for key in keys]


def _bytes(text: str) -> bytes:
    try:
        return base64url_to_bytes(text)
    except ValueError:
        return b""
