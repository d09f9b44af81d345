"""The interface for programs: the life of a token, minimum necessary, requests that come twice."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from litestar.testing import TestClient
from sqlalchemy import text

from api.http.v1 import callers as guard
from api.programs import close_program, create_program, create_token, revoke_token
from audit.checkpoint import CheckpointVerifier
from audit.event import DEPLOYMENT
from core.confidentiality import FieldClass
from core.errors import InputError
from tenants.programs import (
    NEVER_BY_TOKEN,
    TOKEN,
    TokenScope,
    new_token,
    prefix_of,
    read_networks,
    token_digest,
)
from tenants.session import deployment_transaction, tenant_transaction
from tests.api.http import pages_world as world
from tests.api.http.callers import EVERY_SCOPE, ProgramAtWork, program, said, token
from tests.by_hand import by_hand
from tests.core.intake.charge_rows import ROW, SECOND, text_of

HARBOR = world.PRACTICES[0]
CLAIMS = f"/api/v1/practices/{HARBOR.slug}/claims"
CHARGES = f"/api/v1/practices/{world.PRACTICES[2].slug}/charges"
CLAIM_CLASSES = (
    TokenScope.CLAIMS_DEMOGRAPHICS,
    TokenScope.CLAIMS_IDENTIFIERS,
    TokenScope.CLAIMS_CLINICAL,
)
numbers = itertools.count(1)

Call = Callable[[str], ProgramAtWork]


@pytest.fixture
def call(client: TestClient) -> Call:
    return lambda text: ProgramAtWork(client, text)


@pytest.fixture(autouse=True)
def open_network() -> Iterator[None]:
    """Refused tokens of other tests do not slow this one down, nor the other way round."""
    yield
    with deployment_transaction(world.runtime().engine) as connection:
        connection.execute(
            text("DELETE FROM sign_in_throttle WHERE key = ANY(:keys)"),
            {"keys": [guard._network_key("testclient", one) for one in ("refused", "exposed")]},
        )


def events(kind: str, tenant: UUID = DEPLOYMENT) -> list[dict[str, object]]:
    with tenant_transaction(world.runtime().engine, tenant) as connection:
        rows = connection.execute(
            text("SELECT * FROM audit_event WHERE kind = :kind ORDER BY id"), {"kind": kind}
        )
        return [dict(row._mapping) for row in rows]


def a_program(*scopes: TokenScope, **given: object):
    made = create_program(
        world.runtime(),
        name=f"One of many {next(numbers)}",
        scopes=frozenset(scopes) or EVERY_SCOPE,
        slugs=[HARBOR.slug],
        **given,
    )
    return made, create_token(world.runtime(), made.id, days=1)


def sql(statement: str, **values: object) -> None:
    with by_hand(world.runtime().engine) as connection:
        connection.execute(text(statement), values)


# The token itself.


def test_a_token_is_known_by_its_shape_and_its_check_and_no_two_are_alike() -> None:
    found = {new_token() for _ in range(200)}
    assert len(found) == 200
    assert len({prefix_of(one) for one in found}) == 200
    for one in found:
        assert TOKEN.fullmatch(one)
        assert one.split("_")[1] == prefix_of(one)
        assert TOKEN.search(f"https://x.example/?t={one}&u=1").group() == one


@pytest.mark.attack("S-31")
def test_every_changed_sign_of_a_token_fails_its_check() -> None:
    one = new_token()
    for place in range(4, len(one)):
        if one[place] != "_":
            other = "0" if one[place] != "0" else "1"
            assert prefix_of(one[:place] + other + one[place + 1 :]) is None
    assert prefix_of(one + "\n") is None
    assert prefix_of(one.upper()) is None


@pytest.mark.attack("S-31")
def test_the_database_holds_a_digest_and_no_secret() -> None:
    _, (_, secret) = a_program()
    with deployment_transaction(world.runtime().engine) as connection:
        rows = connection.execute(text("SELECT to_jsonb(t)::text FROM api_token t")).scalars()
        whole = "\n".join(rows)
    assert secret.split("_")[2] not in whole
    assert token_digest(secret).hex() in whole


# Its life.


@pytest.mark.attack("S-28")
@pytest.mark.control("R3")
def test_a_revoked_token_is_refused_at_the_next_request_and_so_is_a_closed_account(
    call: Call,
) -> None:
    made, (one, secret) = a_program()
    _, second = create_token(world.runtime(), made.id, days=1)
    caller, other = call(secret), call(second)
    assert caller.get(CLAIMS).status_code == other.get(CLAIMS).status_code == 200
    revoke_token(world.runtime(), token_id=one.id)
    assert (caller.get(CLAIMS).status_code, other.get(CLAIMS).status_code) == (401, 200)
    close_program(world.runtime(), made.id)
    assert other.get(CLAIMS).status_code == 401
    assert said(caller.get(CLAIMS)) == said(other.get(CLAIMS)) == said(call("").get(CLAIMS))


@pytest.mark.attack("S-28")
def test_an_expired_token_is_refused(call: Call) -> None:
    _, (one, secret) = a_program()
    assert call(secret).get(CLAIMS).status_code == 200
    sql(
        "UPDATE api_token SET created_at = now() - interval '2 days', expires_at = now() -"
        " interval '1 second' WHERE id = :id",
        id=one.id,
    )
    assert call(secret).get(CLAIMS).status_code == 401


@pytest.mark.parametrize("days", [0, -1, 366, 10_000])
def test_a_token_holds_for_at_most_a_year(days: int) -> None:
    with pytest.raises(InputError, match="1 to 365"):
        create_token(world.runtime(), program().id, days=days)


def test_a_practice_taken_from_a_program_is_gone_at_the_next_request(call: Call) -> None:
    made, (_, secret) = a_program()
    assert call(secret).get(CLAIMS).status_code == 200
    sql("DELETE FROM service_principal_practice WHERE principal_id = :id", id=made.id)
    assert call(secret).get(CLAIMS).status_code == 404
    assert call(secret).get("/api/v1/practices").json() == {"practices": []}


@pytest.mark.attack("S-28")
@pytest.mark.attack("S-31")
def test_a_refused_token_is_an_event_with_its_digest_and_whose_it_is(call: Call) -> None:
    made, (one, secret) = a_program()
    revoke_token(world.runtime(), prefix=one.prefix)
    stranger = new_token()
    call(secret).get(CLAIMS)
    call(stranger).get(CLAIMS)
    mine, theirs = events("token.refused")[-2:]
    assert mine["digests"] == {"token": token_digest(secret).hex()}
    assert str(one.id) in str(mine["object_ids"])
    assert str(made.id) in str(mine["object_ids"])
    assert theirs["digests"] == {"token": token_digest(stranger).hex()}
    assert secret[15:40] not in str(mine)


@pytest.mark.attack("S-22")
@pytest.mark.attack("S-28")
def test_guessing_is_slowed_down_by_network_and_a_true_token_is_not(call: Call) -> None:
    before = len(events("token.refused"))
    answers = [call(new_token()).get(CLAIMS) for _ in range(60)]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert len(events("token.refused")) - before < 55, "a storm of guesses is no storm of events"
    assert call(token()).get(CLAIMS).status_code == 200


@pytest.mark.attack("S-28")
def test_a_true_token_in_an_address_is_marked_and_only_who_has_it_can_mark_it(call: Call) -> None:
    _, (one, secret) = a_program()

    def exposed() -> object:
        with deployment_transaction(world.runtime().engine) as connection:
            return connection.execute(
                text("SELECT exposed_at FROM api_token WHERE id = :id"), {"id": one.id}
            ).scalar()

    forged = new_token().split("_")
    call("").get(f"{CLAIMS}?t=cwt_{one.prefix}_{forged[2]}")
    assert exposed() is None
    assert call("").get(f"/no/such/address/{secret}").status_code == 404
    assert exposed() is not None
    assert call("").get(f"{CLAIMS}?t={secret}").status_code == 400
    assert str(one.id) in str(events("token.exposed")[-1]["object_ids"])
    assert call(secret).get(CLAIMS).status_code == 200


@pytest.mark.attack("S-28")
def test_tokens_that_are_made_up_fill_no_log(call: Call) -> None:
    before = len(events("token.exposed"))
    for _ in range(60):
        assert call("").get(f"{CLAIMS}?t={new_token()}").status_code == 400
    assert len(events("token.exposed")) - before < 55
    _, (one, secret) = a_program()
    call("").get(f"{CLAIMS}?t={secret}")
    assert str(one.id) in str(events("token.exposed")[-1]["object_ids"]), "a true one always shows"


@pytest.mark.attack("S-28")
def test_a_scope_that_is_not_there_and_a_practice_of_others_are_events_of_the_program(
    call: Call,
) -> None:
    made, (one, secret) = a_program(TokenScope.CLAIMS_READ)
    theirs = CLAIMS.replace(HARBOR.slug, world.PRACTICES[1].slug)
    for method, path in (("GET", "/api/v1/practices"), ("GET", theirs), ("POST", CHARGES)):
        assert call(secret).call(method, path).status_code in (403, 404)
        event = events("access.refused")[-1]
        assert (event["actor_kind"], event["actor_id"]) == ("client", made.id)
        assert str(one.id) in str(event["object_ids"])
    assert len([e for e in events("access.refused") if e["actor_id"] == made.id]) == 3


@pytest.mark.attack("S-23")
@pytest.mark.control("R11")
def test_a_program_calls_from_its_networks_only(call: Call, monkeypatch) -> None:
    elsewhere, (_, outside) = a_program(networks=read_networks("192.0.2.0/24, 2001:db8::/32"))
    assert call(outside).get(CLAIMS).status_code == 403
    for name in ("x_forwarded_for", "forwarded", "x_real_ip", "true_client_ip"):
        assert call(outside).get(CLAIMS, **{name: "192.0.2.77"}).status_code == 403
    assert str(elsewhere.id) in str(events("access.refused")[-1]["object_ids"])
    for host, inside in (
        ("192.0.2.77", True), ("::ffff:192.0.2.77", True), ("2001:db8::9", True),
        ("192.0.3.1", False), ("::ffff:192.0.3.1", False), ("2001:db9::1", False), ("", False),
    ):  # fmt: skip
        assert elsewhere.may_call_from(host) is inside, host


# Minimum necessary.


@pytest.mark.attack("S-07")
@pytest.mark.control("R4")
@pytest.mark.parametrize(
    "given", [set(some) for n in range(4) for some in itertools.combinations(CLAIM_CLASSES, n)]
)
def test_a_claim_shows_the_classes_of_the_scopes_and_names_the_others(
    call: Call, given: set[TokenScope]
) -> None:
    claim = world.seed(HARBOR, "held")
    caller = call(token(frozenset({TokenScope.CLAIMS_READ, *given})))
    answer = caller.get(f"{CLAIMS}/{claim}")
    shown = answer.json()
    for scope, name, canaries in (
        (TokenScope.CLAIMS_DEMOGRAPHICS, "demographics", ("Quillfeather", "1981-04-09")),
        (TokenScope.CLAIMS_IDENTIFIERS, "identifiers", ("ZZQ998877665",)),
        (TokenScope.CLAIMS_CLINICAL, "clinical", ("F411", "90837", "service_from")),
    ):
        assert (shown[name] is not None) is (scope in given)
        assert (name in shown["left_out"]) is (scope not in given)
        for canary in canaries:
            assert (canary in answer.text) is (scope in given), canary
    assert set(shown["left_out"]) >= NEVER_BY_TOKEN
    assert FieldClass.OPERATIONS not in shown["left_out"]


@pytest.mark.attack("S-30")
@pytest.mark.control("R4")
def test_a_list_names_nobody_whatever_the_scopes(call: Call) -> None:
    answer = call(token()).get(CLAIMS)
    assert len(answer.json()["claims"]) > 3
    for canary in ("Quillfeather", "ZZQ998877665", "F411", "90837", "service_from"):
        assert canary not in answer.text


@pytest.mark.control("R16")
def test_reading_a_claim_is_an_event_of_the_program_with_its_purpose(call: Call) -> None:
    claim = world.seed(HARBOR, "held")
    assert call(token()).get(f"{CLAIMS}/{claim}").status_code == 200
    last = events("claim.read", HARBOR.tenant_id)[-1]
    assert (last["actor_kind"], last["actor_id"]) == ("client", program().id)
    assert last["purpose"] == "payment"
    assert str(claim) in str(last["object_ids"])


def test_pages_of_the_list_are_the_whole_list_once_and_in_order(call: Call) -> None:
    caller = call(token())
    whole = [one["id"] for one in caller.get(f"{CLAIMS}?limit=500").json()["claims"]]
    seen, address = [], f"{CLAIMS}?limit=2"
    while address:
        answer = caller.get(address).json()
        seen += [one["id"] for one in answer["claims"]]
        address = answer["next"]
    assert seen == whole == sorted(set(whole))
    held = caller.get(f"{CLAIMS}?stage=held&limit=1").json()
    assert {one["stage"] for one in held["claims"]} == {"held"}
    assert "stage=held" in held["next"]
    theirs = caller.get(f"{CLAIMS}?after={world.seed(world.PRACTICES[1], 'held')}").json()
    assert {one["id"] for one in theirs["claims"]} <= set(whole)


@pytest.mark.attack("S-05")
@pytest.mark.parametrize(
    "query",
    [
        "stage=HELD", "stage=held'--", "stage=held;DROP TABLE claim", "limit=0", "limit=501",
        "limit=-1", "limit=1e3", "limit=١٢", "limit=" + "9" * 400, "after=1", "after=' OR 1=1",
        "order=id", "sort=body", "tenant_id=11111111-2222-4333-8444-555555555555",
    ],
)  # fmt: skip
def test_a_list_takes_its_own_filters_only(call: Call, query: str) -> None:
    answer = call(token()).get(f"{CLAIMS}?{query}")
    assert answer.status_code == 422
    assert "DROP" not in answer.text


# Charges, once.


def charges(visit: str) -> bytes:
    row, second = (dict(one) | {"visit_id": f"{visit}-{one['visit_id']}"} for one in (ROW, SECOND))
    return text_of([row, second]).encode()


@pytest.fixture(scope="module")
def billing() -> None:
    """The practice that takes charges here has a billing provider."""
    from core.claims.parties import Address, Entity, Name, Provider
    from core.ports import StoredProvider
    from tenants.ids import new_id

    runtime = world.runtime()
    practice = world.PRACTICES[2]
    provider = Provider(
        name=Name(last="NORTHLINE"), entity=Entity.ORGANIZATION, npi="1234567893",
        tax_id="741234567", taxonomy="261QM0801X",
        address=Address(line1="1 ELM ST", city="LINDENFELD", state="PA", postal_code="171011234"),
    )  # fmt: skip
    with runtime.unit_of_work(practice.tenant_id) as uow:
        one = StoredProvider(id=new_id(), role="billing", provider=provider, status="active")
        uow.masters.add_providers([one])
        uow.record("provider.created", {"provider": [one.id]}, providers=1)


def send(caller: ProgramAtWork, key: str, body: bytes, kind: str = "text/csv"):
    return caller.post(CHARGES, body, idempotency_key=key, content_type=kind)


@pytest.mark.attack("S-58")
def test_a_request_that_comes_again_gets_the_first_answer_and_another_body_is_refused(
    call: Call, billing: None
) -> None:
    caller, body = call(token()), charges("again")
    first = send(caller, "key-number-one", body)
    assert first.status_code == 200
    assert first.json()["counts"] == {
        "records": 2, "taken": 2, "repeated": 0, "refused": 0, "charges": 2,
    }  # fmt: skip
    again = send(caller, "key-number-one", body)
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    other = send(caller, "key-number-one", charges("other"))
    assert other.status_code == 422
    assert said(other)["type"] == "urn:claimwright:key-reused"
    # The same bytes under a new key are known as the same file: nothing is taken twice.
    assert send(caller, "key-number-two", body).json()["seen_before"] is True
    # A key is the program's own.
    stranger = call(token(frozenset({TokenScope.CHARGES_WRITE})))
    assert send(stranger, "key-number-one", charges("stranger")).json()["counts"]["taken"] == 2


@pytest.mark.attack("S-58")
def test_a_request_cut_before_its_answer_is_answered_when_it_comes_again(
    call: Call, billing: None, monkeypatch
) -> None:
    from api.http.v1 import routes

    caller, body = call(token()), charges("cut")
    whole = routes._response

    def cut(*_: object) -> None:
        raise ConnectionResetError("the network is gone")

    monkeypatch.setattr(routes, "_response", cut)
    assert send(caller, "key-of-a-cut-one", body).status_code == 500
    monkeypatch.setattr(routes, "_response", whole)
    answer = send(caller, "key-of-a-cut-one", body)
    assert answer.status_code == 200
    assert answer.headers["idempotency-replayed"] == "true"
    assert answer.json()["counts"]["taken"] == 2
    assert answer.json()["seen_before"] is False


@pytest.mark.attack("S-31")
@pytest.mark.attack("S-33")
def test_a_mistake_of_ours_says_a_number_and_neither_token_nor_body(
    call: Call, billing: None, monkeypatch, capfd
) -> None:
    from api.http.v1 import routes

    def fail(*_: object) -> None:
        raise RuntimeError(f"{token()} {ROW['last_name']} SELECT")

    monkeypatch.setattr(routes, "take_charges", fail)
    answer = send(call(token()), "key-of-a-mistake", charges("mistake"))
    assert answer.status_code == 500
    printed = "".join(capfd.readouterr())
    assert said(answer)["type"] == "urn:claimwright:unexpected"
    assert answer.headers["x-request-id"] in printed
    for canary in (token()[15:], ROW["last_name"], "SELECT"):
        assert canary not in answer.text + printed


@pytest.mark.attack("S-55")
@pytest.mark.attack("S-58")
def test_the_same_request_from_many_at_once_is_done_once(client: TestClient, billing: None) -> None:
    body, secret = charges("race"), token()
    answers: list[tuple[bytes, bool]] = []

    def one() -> None:
        headers = {
            "authorization": f"Bearer {secret}", "content-type": "text/csv",
            "idempotency-key": "key-of-a-race",
        }  # fmt: skip
        found = client.post(CHARGES, content=body, headers=headers)
        answers.append((found.content, "idempotency-replayed" in found.headers))

    threads = [threading.Thread(target=one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len({content for content, _ in answers}) == 1
    assert sorted(replayed for _, replayed in answers) == [False] + [True] * 5
    assert json.loads(answers[0][0])["counts"]["taken"] == 2


def test_a_key_is_forgotten_after_a_day(call: Call, billing: None) -> None:
    caller = call(token())
    send(caller, "key-for-a-day", charges("day"))
    with tenant_transaction(world.runtime().engine, world.PRACTICES[2].tenant_id) as connection:
        connection.execute(text("UPDATE api_answer SET created_at = now() - interval '25 hours'"))
    answer = send(caller, "key-for-a-day", charges("next day"))
    assert answer.status_code == 200
    assert answer.json()["counts"]["taken"] == 2


def test_a_refused_request_leaves_its_key_free(call: Call, billing: None) -> None:
    caller = call(token())
    assert send(caller, "key-refused-first", b"no_such_column\n1\n").status_code == 422
    assert send(caller, "key-refused-first", charges("mended")).status_code == 200


def test_rows_in_json_are_the_same_charges_as_the_file(call: Call, billing: None) -> None:
    caller = call(token())
    row = {name: value for name, value in ROW.items() if value} | {"visit_id": "in-json-1"}
    row["charge"] = "CHARGE"
    document = json.dumps({"rows": [row]}).replace('"CHARGE"', "120.50")
    answer = send(caller, "key-of-some-json", document.encode(), "application/json")
    assert answer.status_code == 200, answer.text
    assert answer.json()["counts"]["taken"] == 1
    answer = send(
        caller, "key-of-odd-json", b'{"rows":[{"visit_id":"1","favourite_colour":"x"}]}',
        "application/json",
    )  # fmt: skip
    assert answer.status_code == 422
    assert "favourite_colour" not in answer.text


@pytest.mark.attack("S-39")
@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"rows":' * 50_000,
        b'{"rows":[{"visit_id":' + b"9" * 1_000_000 + b"}]}",
        b'{"rows":[{"visit_id":1e999999999}]}',
        b'{"rows":[{"visit_id":NaN}]}',
        b'{"rows":[],"rows":[]}',
        b'{"rows":[{"charge":"1","charge":"2"}]}',
        b'"' + b'\\"' * 400_000,
        b'{"rows":[{"visit_id":"\\ud800"}]}',
        b'{"rows":[{"visit_id":{"a":1}}]}',
        b'{"rows":[{"visit_id":null}]}',
        b'{"rows":{}}',
        b"\xff\xfe{}",
        b"",
        b"null",
    ],
    ids=lambda body: repr(body[:24]),
)
def test_a_document_made_to_hurt_is_refused(call: Call, billing: None, body: bytes) -> None:
    answer = send(call(token()), f"key-of-a-bomb-{next(numbers)}", body, "application/json")
    assert answer.status_code == 422
    assert len(answer.content) < 1_000


@pytest.mark.attack("S-37")
def test_a_body_beyond_the_limit_is_refused_before_it_is_read(call: Call) -> None:
    for path in (CHARGES, "/api/v1/x12/check", "/api/v1/scrub"):
        answer = call(token()).post(path, b"x" * 5_000_001, idempotency_key="key-of-a-giant")
        assert answer.status_code == 413


@pytest.mark.parametrize("key", ["", "short", "with a space in it", "k" * 201, "with\ta-tab"])
def test_charges_need_a_key_of_their_own(call: Call, key: str) -> None:
    headers = {"idempotency_key": key} if key else {}
    answer = call(token()).post(CHARGES, charges("x"), content_type="text/csv", **headers)
    assert answer.status_code == 422
    assert "Idempotency-Key" in said(answer)["detail"]


# The log and the check.


@pytest.mark.control("R18")
def test_a_client_can_keep_the_signed_checkpoint(call: Call) -> None:
    call(token()).get(f"{CLAIMS}/{world.seed(HARBOR, 'held')}")
    world.runtime().sequence_audit()
    found = call(token()).get(f"/api/v1/practices/{HARBOR.slug}/audit/checkpoint").json()
    checkpoint = CheckpointVerifier(found["verifier_key"]).open(found["note"], HARBOR.tenant_id)
    assert checkpoint.size == found["size"] > 0


def test_an_x12_file_is_checked_and_nothing_of_it_is_kept(call: Call) -> None:
    answer = call(token()).post("/api/v1/x12/check", b"ISA*00*", content_type="application/edi-x12")
    assert answer.status_code == 200
    assert answer.json()["errors"]


def test_a_scrub_document_is_judged_and_what_is_none_is_refused_with_its_id(call: Call) -> None:
    asked = b'{"id": "d-1", "plugins": [], "payer": {"kind": "medicare"}, "claim": null}'
    answer = call(token()).post("/api/v1/scrub", asked, content_type="application/json")
    assert (answer.status_code, answer.json()) == (
        200,
        {"id": "d-1", "clean": True, "findings": [], "derived": {}, "pricing": {}},
    )
    refused = call(token()).post("/api/v1/scrub", asked.replace(b"medicare", b"friend"))
    assert refused.status_code == 422
    assert refused.json()["id"] == "d-1"
    assert refused.json()["error"]["message"].startswith("payer.kind must be one of medicare")
