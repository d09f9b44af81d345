"""What the use cases need from outside, as protocols, and the values that pass through them.

The unit of work is one transaction of one practice. Its stores take and return batches: no method
here is meant to be called once a claim inside a loop.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from msgspec.structs import force_setattr

from core.authorizations import Authorizations
from core.claims.claim import Claim
from core.claims.parties import Payer, Person, Provider, Subscriber, Value
from core.claims.position import Position, Stage
from core.confidentiality import FieldClass, Sensitivity
from core.consent import Consent
from core.dates import Window
from core.denials.items import DenialItem
from core.errors import StateError
from core.intake.encounter import Charge, Encounter, Patient
from core.ledger.entries import Entry, Posting
from core.part_two import sensitivity_of, stricter
from core.patient_billing.statements import Statement, Visit
from core.remittance.matching import OpenClaim
from core.remittance.values import ClaimPayment, RemittanceHeader
from core.rule_ports import BackTests, RecordVersions, Reference, Shadows, Waivers
from core.rules.declared_apply import RuleRun
from core.rules.facts import PriorService
from core.scrub.finding import Finding


class Practice(Value, frozen=True, kw_only=True):
    """A client practice. ``number`` stands in its claim numbers, ``slug`` in its folders."""

    tenant_id: UUID
    number: int
    slug: str
    name: str
    submitter_id: str
    time_zone: str = "America/New_York"
    is_leaving: bool = False
    """Its last claims are settled; nothing new is taken in or filed."""

    def refuse_new_work(self) -> None:
        """Raise ``StateError`` when the practice is leaving."""
        if self.is_leaving:
            raise StateError(
                "this practice is leaving: nothing new is taken in or filed; what payers still "
                "answer is posted"
            )


class StoredPayer(Value, frozen=True, kw_only=True):
    """A payer of our list; ``confirmed`` False: met in a file, not yet looked at by a person."""

    id: UUID
    payer: Payer
    confirmed: bool = True


class StoredProvider(Value, frozen=True, kw_only=True):
    """A provider of the practice. ``status`` is active, unconfirmed or inactive."""

    id: UUID
    role: str
    provider: Provider
    status: str
    clia: str = ""


class NewCoverage(Value, frozen=True, kw_only=True):
    patient_id: UUID
    rank: int
    payer_ref: UUID
    subscriber: Subscriber
    window: Window = Window()


class NewEncounter(Value, frozen=True, kw_only=True):
    """An encounter ready to be stored: its patient and billing provider have their ids."""

    encounter: Encounter
    patient_id: UUID
    billing_id: UUID
    charges: tuple[Charge, ...]


class WaitingEncounter(Value, frozen=True, kw_only=True):
    """An encounter not yet coded, with its patient, coverage and billing provider of today."""

    encounter: Encounter
    billing_confirmed: bool


class ClaimRecord(Value, frozen=True, kw_only=True):
    """A claim as stored: the bill, where it stands, and what it hangs on.

    ``sensitivity`` is its label (42 CFR Part 2): that of the visit, also when the claim carries a
    part of it only; one it was given once, also when an edit took away what it was given for; and
    never less than what the claim says itself. The key, the sight and the consent all ask it.
    """

    id: UUID
    claim: Claim
    position: Position
    encounter_id: UUID
    patient_id: UUID
    payer_ref: UUID
    part: int = 1
    version: int = 1
    rule_book_digest: str = ""
    tables_digest: str = ""
    filed: bool = False
    parent_claim_id: UUID | None = None
    next_payer_ref: UUID | None = None
    sensitivity: Sensitivity = Sensitivity.NONE

    def __post_init__(self) -> None:
        label = stricter(self.sensitivity, sensitivity_of(self.claim, self.claim.lines))
        force_setattr(self, "sensitivity", label)

    @property
    def is_part_two(self) -> bool:
        """Whether it is a record of a substance use disorder program."""
        return self.sensitivity is Sensitivity.SUBSTANCE_USE

    @property
    def clinical_class(self) -> FieldClass:
        """The class of its clinical fields: those of a Part 2 program have their own."""
        return self.sensitivity.clinical_class


class Move(Value, frozen=True, kw_only=True):
    """One step of a claim, for its timeline. ``note`` holds codes, never text of a record."""

    claim_id: UUID
    event: str
    before: Position
    after: Position
    file_id: UUID | None = None
    note: str = ""


class StoredFinding(Value, frozen=True, kw_only=True):
    id: UUID
    claim_id: UUID
    finding: Finding
    overridden_by: UUID | None = None
    override_reason: str = ""


class FindingAnswer(Value, frozen=True, kw_only=True):
    """What a person answered to a finding: ``override`` with a reason, or ``fix`` applied.

    It stays with the version of the claim it was said of, also when a later scrub has taken the
    finding. Of a stored one ``finding`` has no words.
    """

    claim_id: UUID
    claim_version: int
    kind: str
    finding: Finding
    by: UUID
    role: str
    reason: str = ""
    at: datetime | None = None


class PastService(Value, frozen=True, kw_only=True):
    """An earlier service of a patient, the encounter it belongs to, and the day we knew of it."""

    encounter_id: UUID
    service: PriorService
    known_on: date | None = None


class ClaimPlace(Value, frozen=True, kw_only=True):
    """Enough of a stored claim to move it: no health information."""

    id: UUID
    claim_number: str
    position: Position
    sequence: str = "P"


class NewFile(Value, frozen=True, kw_only=True):
    id: UUID
    direction: str
    kind: str
    name: str
    body: bytes
    sha256: bytes
    status: str
    control_number: int | None = None
    claims_count: int = 0
    reason: str = ""
    segment: int | None = None
    answers_file_id: UUID | None = None


class FilePlace(Value, frozen=True, kw_only=True):
    """A file without its bytes."""

    id: UUID
    kind: str
    name: str
    status: str
    control_number: int | None = None
    claims_count: int = 0


class Submission(Value, frozen=True, kw_only=True):
    """That a claim, as it is stored at this moment, is in a file: the store keeps a copy."""

    claim_id: UUID
    file_id: UUID
    transaction_control: str


class IntakeCounts(Value, frozen=True, kw_only=True):
    """``records`` in = ``taken`` + ``repeated`` + ``refused``, always."""

    records: int = 0
    taken: int = 0
    repeated: int = 0
    refused: int = 0
    charges: int = 0

    @property
    def difference(self) -> int:
        return self.records - self.taken - self.repeated - self.refused


class NewRemittance(Value, frozen=True, kw_only=True):
    id: UUID
    file_id: UUID
    header: RemittanceHeader
    content_sha256: bytes
    claims_count: int
    status: str
    reason: str = ""


class NewRemittanceClaim(Value, frozen=True, kw_only=True):
    remittance_id: UUID
    place: int
    payment: ClaimPayment
    claim_id: UUID | None
    reason: str = ""
    sensitivity: Sensitivity = Sensitivity.NONE
    """The label of the claim."""


class AwaitingNextPayer(Value, frozen=True, kw_only=True):
    """A claim that is paid and has a further payer: what the next bill is made from."""

    record: ClaimRecord
    payment: ClaimPayment
    paid_on: date | None
    already_billed: bool = False


class PatientAccount(Value, frozen=True, kw_only=True):
    """A patient with an open balance: the visits, in order, and every posting of theirs.

    ``sensitivity`` is the strictest label of the patient's claims: a statement is about them all.
    """

    patient: Patient
    visits: tuple[Visit, ...]
    postings: tuple[Posting, ...]
    sensitivity: Sensitivity = Sensitivity.NONE


class NewStatement(Value, frozen=True, kw_only=True):
    """A statement as it was issued, with its PDF."""

    id: UUID
    patient_id: UUID
    statement: Statement
    document: bytes
    sensitivity: Sensitivity = Sensitivity.NONE


class Masters(Protocol):
    def payers(self, payer_ids: Iterable[str]) -> dict[str, StoredPayer]: ...
    def payers_by_ref(self, refs: Iterable[UUID]) -> dict[UUID, StoredPayer]: ...
    def add_payers(self, payers: Sequence[StoredPayer]) -> None: ...
    def providers(self, role: str, npis: Iterable[str]) -> dict[str, StoredProvider]: ...
    def providers_by_id(self, ids: Iterable[UUID]) -> dict[UUID, StoredProvider]: ...
    def add_providers(self, providers: Sequence[StoredProvider]) -> None: ...
    def confirm_providers(self, ids: Sequence[UUID]) -> None: ...
    def active_providers(self, role: str) -> tuple[StoredProvider, ...]: ...


class Patients(Protocol):
    def ensure(self, people: Sequence[tuple[str, Person]]) -> dict[str, UUID]: ...
    def ensure_coverages(self, coverages: Sequence[NewCoverage]) -> int: ...
    def covered(
        self, patient_ids: Sequence[UUID]
    ) -> dict[tuple[UUID, str], tuple[Window, ...]]: ...


class Encounters(Protocol):
    def known(self, external_ids: Sequence[str]) -> set[str]: ...
    def add(self, encounters: Sequence[NewEncounter], *, batch_id: UUID, arrival: int) -> None: ...
    def next_new(self, limit: int) -> tuple[WaitingEncounter, ...]: ...
    def mark(self, marks: Sequence[tuple[UUID, str, str]]) -> None: ...
    def batch_of(self, sha256: bytes) -> IntakeCounts | None: ...
    def add_batch(self, batch_id: UUID, kind: str, sha256: bytes) -> None: ...
    def close_batch(
        self, batch_id: UUID, counts: IntakeCounts, refusals: Sequence[tuple[int, str]]
    ) -> None: ...


class Claims(Protocol):
    def add(
        self,
        records: Sequence[ClaimRecord],
        moves: Sequence[Move],
        runs: Mapping[UUID, Sequence[RuleRun]] = ...,
    ) -> None: ...
    def add_runs(self, runs: Mapping[UUID, Sequence[RuleRun]]) -> None: ...
    def replace(self, record: ClaimRecord, *, expected_version: int) -> None: ...
    def get(self, claim_id: UUID) -> ClaimRecord: ...
    def ready(self, limit: int) -> tuple[ClaimRecord, ...]: ...
    def untried(self, step_id: UUID, *, since: datetime, limit: int) -> tuple[ClaimRecord, ...]: ...
    def places(self, claim_numbers: Sequence[str]) -> dict[str, ClaimPlace]: ...
    def places_in_file(
        self, file_id: UUID, transaction_controls: Sequence[str] | None = None
    ) -> tuple[tuple[str, ClaimPlace], ...]: ...
    def move(self, moves: Sequence[Move]) -> None: ...
    def move_filed(
        self, file_id: UUID, event: str, *, before: Stage, after: Position
    ) -> tuple[UUID, ...]: ...
    def set_payer_claim_numbers(self, numbers: Sequence[tuple[UUID, str]]) -> None: ...
    def add_findings(self, findings: Sequence[tuple[UUID, Finding]]) -> None: ...
    def replace_findings(self, findings: Mapping[UUID, Sequence[Finding]]) -> None: ...
    def findings(self, claim_id: UUID) -> tuple[StoredFinding, ...]: ...
    def findings_of(self, claim_ids: Sequence[UUID]) -> dict[UUID, tuple[StoredFinding, ...]]: ...
    def override(
        self, finding_id: UUID, *, by: UUID, reason: str, sensitivity: Sensitivity
    ) -> None: ...
    def answer(self, answer: FindingAnswer, sensitivity: Sensitivity) -> None: ...
    def open_claims(self, claim_numbers: Sequence[str]) -> dict[str, OpenClaim]: ...
    def owed_by_patient(self, patient_ids: Sequence[UUID]) -> tuple[ClaimPlace, ...]: ...
    def awaiting_next_payer(self, limit: int) -> tuple[AwaitingNextPayer, ...]: ...
    def history(
        self, patient_ids: Sequence[UUID], *, since: date, codes: Sequence[str] | None = None
    ) -> dict[UUID, tuple[PastService, ...]]: ...
    def judged_otherwise(
        self, rule_book: str, tables: str, *, limit: int, after: UUID | None = None
    ) -> tuple[ClaimRecord, ...]: ...
    def mark_judged(self, claim_ids: Sequence[UUID], rule_book: str, tables: str) -> None: ...
    def add_submissions(self, submissions: Sequence[Submission]) -> None: ...


class Files(Protocol):
    def add(self, file: NewFile) -> bool: ...
    def by_sha256(self, direction: str, sha256: bytes) -> FilePlace | None: ...
    def sent_with_control_number(self, control_number: int) -> FilePlace | None: ...
    def waiting(self) -> tuple[FilePlace, ...]: ...
    def body(self, file_id: UUID) -> bytes: ...
    def set_status(
        self, file_id: UUID, status: str, *, reason: str = "", segment: int | None = None
    ) -> None: ...


class Ledger(Protocol):
    def post(self, entries: Sequence[Entry], *, remittance_id: UUID | None = None) -> None: ...
    def receivable_by_line(
        self, claims: Sequence[tuple[UUID, UUID]]
    ) -> dict[UUID, dict[int | None, int]]: ...


class Remittances(Protocol):
    def known(self, header: RemittanceHeader) -> tuple[tuple[bytes, str], ...]: ...
    def add(self, remittance: NewRemittance) -> None: ...
    def add_claims(self, claims: Sequence[NewRemittanceClaim]) -> None: ...


class Denials(Protocol):
    def add(self, items: Sequence[DenialItem], *, remittance_id: UUID) -> None: ...


class Statements(Protocol):
    def accounts(self, limit: int, *, after: UUID | None) -> tuple[PatientAccount, ...]: ...
    def add(self, statements: Sequence[NewStatement]) -> None: ...


class Consents(Protocol):
    def of_patients(self, patient_ids: Sequence[UUID]) -> dict[UUID, tuple[Consent, ...]]: ...
    def add(self, consent: Consent) -> None: ...
    def revoke(self, consent_id: UUID, *, on: date) -> None: ...
    def restricted(self, encounter_ids: Sequence[UUID]) -> frozenset[UUID]: ...
    def restrict(self, encounter_id: UUID) -> None: ...
    def lift(self, encounter_id: UUID) -> bool: ...


class Counters(Protocol):
    def take(self, name: str, count: int) -> int: ...


class UnitOfWork(Protocol):
    """One transaction of one practice: committed whole, or as if it had never been.

    ``record`` writes an audit event into the same transaction; a unit of work that wrote anything
    and recorded nothing does not commit.
    """

    @property
    def practice(self) -> Practice: ...
    @property
    def today(self) -> date: ...
    @property
    def now(self) -> datetime: ...
    @property
    def actor_id(self) -> UUID: ...
    @property
    def masters(self) -> Masters: ...
    @property
    def patients(self) -> Patients: ...
    @property
    def encounters(self) -> Encounters: ...
    @property
    def claims(self) -> Claims: ...
    @property
    def files(self) -> Files: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def remittances(self) -> Remittances: ...
    @property
    def denials(self) -> Denials: ...
    @property
    def statements(self) -> Statements: ...
    @property
    def consents(self) -> Consents: ...
    @property
    def authorizations(self) -> Authorizations: ...
    @property
    def waivers(self) -> Waivers: ...
    @property
    def back_tests(self) -> BackTests: ...
    @property
    def shadows(self) -> Shadows: ...
    @property
    def record_versions(self) -> RecordVersions: ...
    @property
    def reference(self) -> Reference: ...
    @property
    def counters(self) -> Counters: ...
    def new_ids(self, count: int) -> list[UUID]: ...
    def record(
        self,
        kind: str,
        about: Mapping[str, Sequence[UUID]] | None = None,
        *,
        digests: Mapping[str, bytes] | None = None,
        **counts: int,
    ) -> None: ...


class Outbox(Protocol):
    """Where files for payers go. ``put`` of the same name and bytes again changes nothing."""

    def put(self, name: str, body: bytes) -> None: ...
