"""The company's identity provider (OpenID Connect): where to send a person, and who came back.

Authorization code with PKCE, state and nonce. What the provider signs is checked against its own
keys with an allow-list of algorithms: a token that names its own algorithm, or none, is not asked
what it likes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from api.outgoing import Connector, Outgoing, OutsideError
from api.outgoing_address import AddressRefusedError, read_origin, split_url
from api.settings import CompanyIdentity
from core.bounded_json import read_json
from core.errors import ForbiddenError, InputError

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
"""No symmetric one and no ``none``: what the client's secret or nobody signs proves nothing."""

CLOCK_SKEW = timedelta(seconds=60)
_TOKEN_AGE_MAX = timedelta(minutes=10)
_RSA_SIGNS_MIN = 342  # 2,048 bits in base64url
_KEPT = timedelta(hours=1)
_ASKED_AGAIN = timedelta(minutes=1)
_DOCUMENT_BYTES_MAX = 200_000
_TOKEN_SIGNS_MAX = 20_000
_SUBJECT_SIGNS_MAX = 255

_NOT_AS_AGREED = "the company's identity provider did not answer as agreed; try again in a minute"
_NOT_PROVED = "the company's identity provider did not prove who you are; sign in again"


class NotProvedError(ForbiddenError):
    """What came back from the identity provider proves nobody."""

    code = "not-proved"


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who the provider says came: ``email`` is empty unless the provider verified it."""

    issuer: str
    subject: str
    email: str
    has_second_factor: bool


class _Endpoints(msgspec.Struct, frozen=True, kw_only=True):
    authorization: str
    token: str
    keys: str


class IdentityProvider:
    """The provider of an installation; keeps its endpoints and keys for an hour."""

    def __init__(
        self, given: CompanyIdentity, outgoing: Outgoing, clock: Callable[[], datetime]
    ) -> None:
        self.given = given
        self._outgoing = outgoing
        self._clock = clock
        parts = urlsplit(given.issuer)
        listed = outgoing.connector("identity").origins
        self._connector = Connector(
            name="the company's identity provider",
            origins=listed | {read_origin(f"{parts.scheme}://{parts.netloc}")},
            # No patient is in a sign-in of the company's people.
            health_information=False,
        )
        self._lock = threading.Lock()
        self._endpoints: tuple[datetime, _Endpoints] | None = None
        self._keys: tuple[datetime, dict[str, Any]] | None = None

    def address(self, *, state: str, nonce: str, verifier: str) -> str:
        """Where a person goes to say who they are."""
        challenge = hashlib.sha256(verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.given.client_id,
            "redirect_uri": self.given.return_address,
            "scope": "openid email",
            "state": state,
            "nonce": nonce,
            "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        endpoint = self._found().authorization
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    def redeem(self, *, code: str, verifier: str, nonce: str) -> Identity:
        """Who the code stands for; ``NotProvedError`` when that is not proved."""
        pair = f"{quote(self.given.client_id, safe='')}:{quote(self.given.client_secret, safe='')}"
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.given.return_address,
            "code_verifier": verifier,
        }
        answer = self._outgoing.call(
            self._connector,
            "POST",
            self._found().token,
            headers={
                "authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
                "content-type": "application/x-www-form-urlencoded",
                "accept": "application/json",
            },
            body=urlencode(form).encode(),
            bytes_max=_DOCUMENT_BYTES_MAX,
        )
        if answer.status != 200:
            raise NotProvedError(_NOT_PROVED)
        token = _document(answer.body).get("id_token")
        if not isinstance(token, str) or not 0 < len(token) <= _TOKEN_SIGNS_MAX:
            raise NotProvedError(_NOT_PROVED)
        return self._identity(self._claims(token), nonce)

    def _identity(self, claims: Mapping[str, Any], nonce: str) -> Identity:
        given, now = self.given, self._clock()
        audience = claims.get("aud")
        audiences = [audience] if isinstance(audience, str) else audience
        subject, issued = claims.get("sub"), _moment(claims.get("iat"))
        ends, begins = _moment(claims.get("exp")), _moment(claims.get("nbf", 0))
        proved = (
            claims.get("iss") == given.issuer
            and isinstance(audiences, list)
            and given.client_id in audiences
            and claims.get("azp", given.client_id if len(audiences) == 1 else None)
            == given.client_id
            and ends is not None
            and now < ends + CLOCK_SKEW
            and issued is not None
            and now - _TOKEN_AGE_MAX - CLOCK_SKEW <= issued <= now + CLOCK_SKEW
            and begins is not None
            and begins <= now + CLOCK_SKEW
            and isinstance(claims.get("nonce"), str)
            and hmac.compare_digest(claims["nonce"].encode(), nonce.encode())
            and isinstance(subject, str)
            and 0 < len(subject) <= _SUBJECT_SIGNS_MAX
        )
        if not proved:
            raise NotProvedError(_NOT_PROVED)
        email = claims.get("email") if claims.get("email_verified") is True else ""
        return Identity(
            issuer=given.issuer,
            subject=str(subject),
            email=email.strip().lower() if isinstance(email, str) else "",
            has_second_factor=bool(_methods(claims) & given.second_factor),
        )

    def _claims(self, token: str) -> Mapping[str, Any]:
        """What the token says, once its signature by one of the provider's keys is checked."""
        try:
            header = jws.extract_compact(token.encode()).headers()
            key = self._key(header.get("kid"))
            return jwt.decode(token, key, algorithms=list(ALGORITHMS)).claims
        except (JoseError, ValueError, TypeError, KeyError):
            raise NotProvedError(_NOT_PROVED) from None

    def _key(self, kid: object) -> Any:
        """The key of this id, asked for anew when it is not known: providers change their keys."""
        for fresh in (False, True):
            keys = self._keys_now(fresh=fresh)
            if isinstance(kid, str) and kid in keys:
                return keys[kid]
            if kid is None and len(keys) == 1:
                return next(iter(keys.values()))
        raise NotProvedError(_NOT_PROVED)

    def _keys_now(self, *, fresh: bool) -> dict[str, Any]:
        now = self._clock()
        with self._lock:
            kept = self._keys
        # A stranger can name any key, so being asked for an unknown one asks once a minute.
        if kept is not None and now - kept[0] < (_ASKED_AGAIN if fresh else _KEPT):
            return kept[1]
        document = self._fetch(self._found().keys)
        listed = document.get("keys")
        keys: dict[str, Any] = {}
        for place, one in enumerate(listed if isinstance(listed, list) else ()):
            key = _usable(one)
            if key is not None:
                keys[str(one.get("kid", f"#{place}"))] = key
        with self._lock:
            self._keys = (now, keys)
        return keys

    def _found(self) -> _Endpoints:
        now = self._clock()
        with self._lock:
            kept = self._endpoints
        if kept is not None and now - kept[0] < _KEPT:
            return kept[1]
        document = self._fetch(f"{self.given.issuer.rstrip('/')}/.well-known/openid-configuration")
        if document.get("issuer") != self.given.issuer:
            raise OutsideError(_NOT_AS_AGREED)
        found = {}
        for name, field in (
            ("authorization", "authorization_endpoint"),
            ("token", "token_endpoint"),
            ("keys", "jwks_uri"),
        ):
            address = document.get(field)
            try:
                split_url(address if isinstance(address, str) else "", self._connector.origins)
            except AddressRefusedError:
                raise OutsideError(_NOT_AS_AGREED) from None
            found[name] = str(address)
        endpoints = _Endpoints(**found)
        with self._lock:
            self._endpoints = (now, endpoints)
        return endpoints

    def _fetch(self, url: str) -> Mapping[str, Any]:
        answer = self._outgoing.call(
            self._connector,
            "GET",
            url,
            headers={"accept": "application/json"},
            bytes_max=_DOCUMENT_BYTES_MAX,
        )
        if answer.status != 200:
            raise OutsideError(_NOT_AS_AGREED)
        return _document(answer.body)


def _document(body: bytes) -> Mapping[str, Any]:
    try:
        found = read_json(body, bytes_max=_DOCUMENT_BYTES_MAX)
    except InputError:
        raise OutsideError(_NOT_AS_AGREED) from None
    if not isinstance(found, dict):
        raise OutsideError(_NOT_AS_AGREED)
    return found


def _usable(one: Any) -> Any:
    """A key that may have signed a token; None for another use, another kind or a weak one."""
    if not isinstance(one, dict) or one.get("use", "sig") != "sig":
        return None
    if one.get("kty") not in ("RSA", "EC", "OKP"):
        return None
    if one["kty"] == "RSA" and len(str(one.get("n", ""))) < _RSA_SIGNS_MIN:
        return None
    try:
        [key] = KeySet.import_key_set({"keys": [one]}).keys
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return key


def _moment(value: Any) -> datetime | None:
    """A NumericDate of RFC 7519; None for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1 << 40:
        return None
    return datetime.fromtimestamp(value, tz=UTC)


def _methods(claims: Mapping[str, Any]) -> frozenset[str]:
    """How the provider says the person proved themselves: ``amr``, and ``acr`` as one of them."""
    methods = claims.get("amr")
    listed = [one for one in methods if isinstance(one, str)] if isinstance(methods, list) else []
    level = claims.get("acr")
    return frozenset([*listed, level] if isinstance(level, str) else listed)
