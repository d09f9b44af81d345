"""An office of any size, put into the real tables in bulk: for what depends on volume alone."""

from __future__ import annotations

import os
from datetime import date, timedelta
from hashlib import sha256
from uuid import UUID

from api.bootstrap import Runtime
from api.practices import create_practice
from bench.invented_claims import BILLING
from core.claims.parties import Payer, PayerKind
from core.ports import Practice, StoredPayer, StoredProvider
from tenants.ids import new_id, new_ids
from tenants.store import bulk
from tenants.uow import UnitOfWork

#: What one visit takes in the database, with its patient, claim, ledger and share of a file.
VISIT_BYTES = 7_300
_SLICE = 2_000
_DAY = date(2026, 1, 5)


def fill(running: Runtime, slug: str, visits: int) -> Practice:
    """A practice with ``visits`` visits: patients, encounters, claims, files, a balanced ledger."""
    practice = create_practice(running, slug=slug, name=slug.title())
    with running.unit_of_work(practice.tenant_id) as uow:
        payer, billing = _masters(uow)
    for first in range(0, visits, _SLICE):
        with running.unit_of_work(practice.tenant_id) as uow:
            _slice(uow, first, min(_SLICE, visits - first), payer, billing)
    return practice


def _masters(uow: UnitOfWork) -> tuple[UUID, UUID]:
    payer, billing = new_id(), new_id()
    plan = Payer(payer_id=payer.hex[-12:], name="INVENTED HEALTH PLAN", kind=PayerKind.COMMERCIAL)
    uow.masters.add_payers([StoredPayer(id=payer, payer=plan)])
    uow.masters.add_providers(
        [StoredProvider(id=billing, role="billing", provider=BILLING, status="active")]
    )
    uow.record("payer.created", {"payer": [payer]}, payers=1)
    uow.record("provider.created", {"provider": [billing]}, providers=1)
    return payer, billing


def _slice(uow: UnitOfWork, first: int, count: int, payer: UUID, billing: UUID) -> None:
    patients, encounters, claims, entries = (list(new_ids(count)) for _ in range(4))
    file_id = new_id()
    seal = uow.masters._context.sealer.seal_many
    day = [_DAY + timedelta(days=(first + n) % 300) for n in range(count)]
    cents = [10_000 + (first + n) % 9_000 for n in range(count)]

    def sealed(table: str, column: str, ids: list[UUID], size: int) -> tuple[bytes, ...]:
        noise = os.urandom(size * len(ids))
        return seal(
            table, column, [(i, noise[n * size : (n + 1) * size]) for n, i in enumerate(ids)]
        )

    def put(table: str, columns: str, rows: list[tuple[object, ...]]) -> None:
        bulk.insert(
            uow.connection,
            table,
            ("tenant_id", *columns.split()),
            [(uow.tenant_id, *r) for r in rows],
        )

    every = range(count)
    who = sealed("patient", "demographics", patients, 240)
    numbers = sealed("patient", "identifiers", patients, 40)
    put(
        "patient",
        "id number_index name_index demographics identifiers",
        [(patients[n], os.urandom(18), os.urandom(6), who[n], numbers[n]) for n in every],
    )
    content = os.urandom(700 * count)
    (file_body,) = seal("exchange_file", "body", [(file_id, content)])
    put(
        "exchange_file",
        "id direction kind name sha256 bytes_count status body",
        [(file_id, "out", "837P", "f", sha256(content).digest(), len(content), "sent", file_body)],
    )
    numbers = sealed("encounter", "identifiers", encounters, 60)
    visits = sealed("encounter", "clinical", encounters, 460)
    put(
        "encounter",
        "id patient_id external_index form status service_from billing_id charge_cents arrival"
        " identifiers clinical",
        [
            (encounters[n], patients[n], os.urandom(18), "837P", "claimed", day[n], billing,
             cents[n], first + n, numbers[n], visits[n])
            for n in every
        ],
    )  # fmt: skip
    put(
        "charge",
        "id encounter_id line_no code charge_cents service_from",
        [
            (i, encounters[n // 2], n % 2 + 1, "99213", cents[n // 2] // 2, day[n // 2])
            for n, i in enumerate(new_ids(count * 2))
        ],
    )
    who = sealed("claim", "demographics", claims, 300)
    numbers = sealed("claim", "identifiers", claims, 60)
    bills = sealed("claim", "clinical", claims, 540)
    put(
        "claim",
        "id claim_number encounter_id patient_id payer_ref sequence form stage owes next_actor"
        " charge_cents service_from demographics identifiers clinical",
        [
            (claims[n], f"{first + n:010d}", encounters[n], patients[n], payer, "P", "837P",
             "filed", "payer", "payer", cents[n], day[n], who[n], numbers[n], bills[n])
            for n in every
        ],
    )  # fmt: skip
    put(
        "service_line",
        "claim_id line_no control_number code charge_cents service_from",
        [
            (claims[n // 2], n % 2 + 1, f"{first + n // 2}L{n % 2}", "99213", cents[n // 2] // 2,
             day[n // 2])
            for n in range(count * 2)
        ],
    )  # fmt: skip
    put(
        "submission",
        "id claim_id file_id transaction_control demographics identifiers clinical snapshot_sha256",
        [
            (new_id(), claims[n], file_id, "0001", who[n], numbers[n], bills[n], os.urandom(32))
            for n in every
        ],
    )
    put(
        "claim_move",
        "id claim_id event from_stage to_stage actor",
        [
            (i, claims[n // 2], "file", "ready", "filed", "system")
            for n, i in enumerate(new_ids(count * 2))
        ],
    )
    put(
        "ledger_entry",
        "id kind key effective_on claim_id",
        [(entries[n], "charge", f"charge:{claims[n]}", day[n], claims[n]) for n in every],
    )
    put(
        "ledger_posting",
        "entry_id place account amount_cents claim_id payer_ref",
        [
            (entries[n], place, account, sign * cents[n], claims[n], payer)
            for n in every
            for place, account, sign in ((0, "insurance_receivable", 1), (1, "charges", -1))
        ],
    )
    for n in range(0, count, 20):
        uow.record("claim.sent", {"claim": claims[n : n + 20]}, claims=len(claims[n : n + 20]))
    uow.record("encounter.created", {"encounter": encounters}, encounters=count)
    uow.record("ledger.posted", {"ledger_entry": entries}, entries=count)
