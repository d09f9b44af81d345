"""One contract for whoever holds the root key: the keyring file, AWS KMS, Vault transit.

The services are stand-ins of our own (``key_services``), reached by the real client libraries.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from msgspec.structs import replace

from api.bootstrap import Runtime
from api.settings import Settings, environment, read
from core.crypto import KeyContext
from core.errors import SetupError, UnavailableError
from tenants.aws_kms import AwsKms
from tenants.key_provider import KeyProvider, open_provider
from tenants.keyring import LocalKeyring
from tenants.postgres import DatabaseUrls
from tenants.vault import VaultTransit
from tests.core.usecases.office import Office, made
from tests.tenants.key_services import SECRET_WORDS, KeyService, Kms, Vault, served

KEY = bytes(range(32))
CONTEXT = KeyContext(tenant_id=uuid4(), purpose="clinical", version=3)
OTHERS = {
    "another practice": replace(CONTEXT, tenant_id=uuid4()),
    "another class": replace(CONTEXT, purpose="psychotherapy"),
    "another version": replace(CONTEXT, version=4),
}
SERVICES = {"aws-kms": Kms, "vault": Vault}
# The product waits longer; what matters here is that it stops waiting.
TIMEOUT_SECONDS = 0.25
BOUND_SECONDS = 4.0


def impatient(kind: str) -> KeyProvider:
    if kind == "aws-kms":
        return AwsKms("alias/claimwright", timeout_seconds=TIMEOUT_SECONDS)
    return VaultTransit("transit", "claimwright", timeout_seconds=TIMEOUT_SECONDS)


@pytest.fixture(scope="module", params=["local", *SERVICES])
def provider(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[KeyProvider]:
    keyring = LocalKeyring.open(tmp_path_factory.mktemp("ring"), database_has_keys=False)
    if request.param == "local":
        yield open_provider("local", keyring)
        return
    with served(SERVICES[request.param]) as service:
        yield open_provider(service.setting, keyring)


@pytest.fixture(params=list(SERVICES))
def service(request: pytest.FixtureRequest) -> Iterator[tuple[KeyService, KeyProvider]]:
    with served(SERVICES[request.param]) as running:
        yield running, impatient(request.param)


def test_what_is_wrapped_opens_in_its_own_context(provider: KeyProvider) -> None:
    wrapped = provider.wrap(KEY, CONTEXT)
    assert provider.unwrap(wrapped, CONTEXT) == KEY
    assert KEY not in wrapped
    assert provider.wrap(KEY, CONTEXT) != wrapped, "equal keys do not show as equal"
    provider.health()


@pytest.mark.attack("S-12")
@pytest.mark.parametrize("other", OTHERS)
def test_a_wrapped_key_opens_for_nothing_else(provider: KeyProvider, other: str) -> None:
    wrapped = provider.wrap(KEY, CONTEXT)
    with pytest.raises(SetupError):
        provider.unwrap(wrapped, OTHERS[other])


@pytest.mark.attack("S-13")
def test_no_altered_wrapped_key_opens(provider: KeyProvider) -> None:
    wrapped = provider.wrap(KEY, CONTEXT)
    altered = [bytes((*wrapped[:at], wrapped[at] ^ 1, *wrapped[at + 1 :])) for at in range(40)]
    for one in (*altered, wrapped[:-1], wrapped[:1], b"", wrapped + b"A"):
        with pytest.raises(SetupError):
            provider.unwrap(one, CONTEXT)


def test_a_wrapped_key_names_the_root_that_wrapped_it(provider: KeyProvider) -> None:
    assert provider.root_of(provider.wrap(KEY, CONTEXT)) == provider.newest_root()


def test_a_key_that_another_provider_wrapped_is_refused(
    provider: KeyProvider, tmp_path: Path
) -> None:
    foreign = LocalKeyring.open(tmp_path, database_has_keys=False).wrap(KEY, CONTEXT)
    for wrapped in (foreign, b"\xe3" + bytes(60), b"\xe4vault:v1:" + b"A" * 80, b"\xe4vault:v1:"):
        with pytest.raises(SetupError):
            provider.unwrap(wrapped, CONTEXT)


@pytest.mark.attack("S-19")
@pytest.mark.parametrize("mode", ["slow", "broken", "denying"])
def test_a_failing_service_is_told_in_time_and_in_our_words(
    service: tuple[KeyService, KeyProvider], mode: str
) -> None:
    running, provider = service
    wrapped = provider.wrap(KEY, CONTEXT)
    running.mode = mode
    for act in (
        lambda: provider.wrap(KEY, CONTEXT),
        lambda: provider.unwrap(wrapped, CONTEXT),
    ):
        began = time.monotonic()
        with pytest.raises(UnavailableError) as caught:
            act()
        assert time.monotonic() - began < BOUND_SECONDS
        assert caught.value.http_status == 503
        assert not any(word in caught.value.message for word in SECRET_WORDS.split() if "." in word)
        assert caught.value.__suppress_context__
    running.mode = "fine"
    assert provider.unwrap(wrapped, CONTEXT) == KEY, "it is asked again, once it is back"


@pytest.mark.attack("S-19")
def test_a_service_that_is_away_is_told(service: tuple[KeyService, KeyProvider]) -> None:
    running, provider = service
    running.stop()
    with pytest.raises(UnavailableError, match="does not answer"):
        provider.wrap(KEY, CONTEXT)
    with pytest.raises(UnavailableError):
        provider.health()


@pytest.mark.attack("S-19")
def test_the_wrong_root_key_is_a_matter_of_setup(service: tuple[KeyService, KeyProvider]) -> None:
    running, provider = service
    wrapped = provider.wrap(KEY, CONTEXT)
    running.forget_keys()
    with pytest.raises(SetupError, match="was not wrapped by"):
        provider.unwrap(wrapped, CONTEXT)


@pytest.mark.parametrize("kind", SERVICES)
def test_a_key_the_service_does_not_know_is_a_matter_of_setup(kind: str) -> None:
    with served(SERVICES[kind]):
        stranger = AwsKms("alias/other") if kind == "aws-kms" else VaultTransit("transit", "other")
        with pytest.raises(SetupError, match=r"no such|does not know"):
            stranger.wrap(KEY, CONTEXT)


def test_a_renewed_transit_key_shows_and_the_old_one_still_opens() -> None:
    with served(Vault) as running:
        provider = impatient("vault")
        old = provider.wrap(KEY, CONTEXT)
        running.rotate()
        new = provider.wrap(KEY, CONTEXT)
        assert (provider.root_of(old), provider.root_of(new), provider.newest_root()) == (1, 2, 2)
        assert provider.unwrap(old, CONTEXT) == provider.unwrap(new, CONTEXT) == KEY


@pytest.mark.parametrize("given", ["", "aws-kms:", "vault:transit", "vault:/key", "file", "vault:"])
def test_a_setting_that_names_no_provider_is_refused(tmp_path: Path, given: str) -> None:
    keyring = LocalKeyring.open(tmp_path, database_has_keys=False)
    with pytest.raises(SetupError, match="CLAIMWRIGHT_KEYS is local"):
        open_provider(given, keyring)


def test_a_service_without_its_own_environment_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VAULT_ADDR", "VAULT_TOKEN", "AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    with pytest.raises(SetupError, match="VAULT_ADDR"):
        VaultTransit("transit", "claimwright")
    with pytest.raises(SetupError, match="no region or credentials"):
        AwsKms("alias/claimwright")


def test_the_setting_reaches_other_processes(tmp_path: Path) -> None:
    given = {"CLAIMWRIGHT_HOME": str(tmp_path), "CLAIMWRIGHT_KEYS": "vault:transit/claimwright"}
    assert read(environment(read(given))).keys == "vault:transit/claimwright"
    assert read({"CLAIMWRIGHT_HOME": str(tmp_path)}).keys == "local"


@pytest.mark.attack("S-19")
@pytest.mark.control("R15")
def test_with_the_key_service_away_known_practices_go_on_and_others_get_503_and_write_nothing(
    database: DatabaseUrls, tmp_path: Path
) -> None:
    with served(Vault) as service:
        running = Runtime(Settings(home=tmp_path, keys=service.setting), database)
        try:
            river, brook = Office(running, "river"), Office(running, "brook")
            assert river.filed(made(1))
            running.keys.forget(brook.tenant_id)
            service.mode = "denying"
            before = brook.rows("SELECT count(*) AS n FROM patient")
            with pytest.raises(UnavailableError) as caught:
                brook.take(made(1))
            assert caught.value.http_status == 503
            assert brook.rows("SELECT count(*) AS n FROM patient") == before
            assert river.take(made(3)[2:]).counts.taken == 1
            service.mode = "fine"
            assert brook.take(made(1)).counts.taken == 1
        finally:
            running.close()
