"""Every kind of audit event, declared once: what it means, what it is about, what it may count.

``docs/audit-events.md`` is written from this table (``catalogue_markdown``) and a test says when it
is stale. To add a kind, add a row; an event of a kind that is not here cannot be made.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Category(StrEnum):
    """What sort of act it was; the portal and the disclosure account ask by it."""

    WRITE = "write"
    READ = "read of health information"
    REFUSAL = "refusal"
    ACCESS = "access"


class ObjectType(StrEnum):
    """The nouns an event can be about."""

    PRACTICE = "practice"
    STAFF = "staff"
    SESSION = "session"
    FACTOR = "factor"
    PROVIDER = "provider"
    PAYER = "payer"
    PLAN = "plan"
    ENROLMENT = "enrolment"
    PLUGIN = "plugin"
    PATIENT = "patient"
    COVERAGE = "coverage"
    ENCOUNTER = "encounter"
    CHARGE = "charge"
    CLAIM = "claim"
    RECORD = "record"
    BATCH = "batch"
    FILE = "file"
    ACKNOWLEDGEMENT = "acknowledgement"
    REMITTANCE = "remittance"
    LEDGER_ENTRY = "ledger_entry"
    DENIAL = "denial"
    STATEMENT = "statement"
    EXPORT = "export"
    KEY = "key"
    CONSENT = "consent"
    NOTE = "note"
    EMERGENCY = "emergency"
    DEMAND = "demand"
    PAGE = "page"
    PRINCIPAL = "principal"
    TOKEN = "token"  # noqa: S105
    VENDOR = "vendor"
    DISCLOSURE = "disclosure"
    REVIEW = "review"
    WAIVER = "waiver"
    BACK_TEST = "back_test"
    PRICES = "prices"
    RULE = "rule"
    POLICY = "policy"
    AUTHORIZATION = "authorization"
    TABLE = "table"
    """A release of a published table; its id is the beginning of the table's digest."""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of event.

    ``objects``: the types it may name. ``counts``: the whole numbers it may carry. ``digests``: the
    SHA-256 digests it may carry. All three are limits, not duties.
    """

    code: str
    meaning: str
    category: Category
    objects: tuple[ObjectType, ...]
    counts: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()


_O = ObjectType
_CHANGE = ("before", "after")
# A step of a plugin: its place, and how many kinds of facts it may be given; by digest what
# settings it has and which code it is.
_STEP = ("place", "sees")
_STEP_OF = ("settings", "code")
_AT_PRACTICE = (_O.PLUGIN, _O.PRACTICE)


def _write(
    code: str,
    meaning: str,
    *objects: ObjectType,
    counts: tuple[str, ...] = (),
    digests: tuple[str, ...] = (),
) -> Kind:
    return Kind(
        code=code,
        meaning=meaning,
        category=Category.WRITE,
        objects=objects,
        counts=counts,
        digests=digests,
    )


def _read(
    code: str,
    meaning: str,
    *objects: ObjectType,
    counts: tuple[str, ...] = (),
    digests: tuple[str, ...] = (),
) -> Kind:
    return Kind(
        code=code,
        meaning=meaning,
        category=Category.READ,
        objects=objects,
        counts=counts,
        digests=digests,
    )


def _refusal(
    code: str, meaning: str, *objects: ObjectType, counts: tuple[str, ...] = (), digest: str = ""
) -> Kind:
    digests = (digest,) if digest else ()
    return Kind(
        code=code,
        meaning=meaning,
        category=Category.REFUSAL,
        objects=objects,
        counts=counts,
        digests=digests,
    )


def _access(
    code: str,
    meaning: str,
    *objects: ObjectType,
    counts: tuple[str, ...] = (),
    digests: tuple[str, ...] = (),
) -> Kind:
    return Kind(
        code=code,
        meaning=meaning,
        category=Category.ACCESS,
        objects=objects,
        counts=counts,
        digests=digests,
    )


_PRACTICE_AND_STAFF = (
    _write("practice.created", "A practice became a client.", _O.PRACTICE),
    _write("practice.leaving", "A practice began to leave: no new work.", _O.PRACTICE),
    _write("hold.placed", "A legal hold was placed on a practice.", _O.PRACTICE),
    _write("hold.lifted", "A legal hold was lifted.", _O.PRACTICE),
    _write(
        "destruction.requested",
        "A person asked that the keys of a practice be destroyed.",
        _O.PRACTICE,
    ),
    _write("destruction.withdrawn", "Such a request was taken back.", _O.PRACTICE),
    _write(
        "practice.destroyed",
        "A second person agreed, and every key of the practice was destroyed.",
        _O.PRACTICE,
        _O.STAFF,
        counts=("keys",),
    ),
    _write("practice.changed", "A practice's settings changed.", _O.PRACTICE, digests=_CHANGE),
    _write(
        "charges.loaded",
        "An edition of a practice's charge master was loaded.",
        _O.PRICES,
        counts=("rows", "withdrawn"),
        digests=("body",),
    ),
    _write(
        "contract.loaded",
        "An edition of a contract with a payer was loaded.",
        _O.PRICES,
        counts=("rows", "withdrawn"),
        digests=("body",),
    ),
    _write("contract.withdrawn", "A contract was taken out of force.", _O.PRICES),
    _access("staff.created", "A person was given an account.", _O.STAFF),
    _access("staff.assigned", "A person was assigned to a practice.", _O.STAFF, _O.PRACTICE),
    _access("staff.unassigned", "An assignment to a practice ended.", _O.STAFF, _O.PRACTICE),
    _access(
        "staff.password_given",
        "A person gave the right password; the second factor was still to come.",
        _O.STAFF,
        _O.SESSION,
    ),
    _access("staff.signed_in", "A person signed in.", _O.STAFF, _O.SESSION, _O.FACTOR),
    _access(
        "staff.stepped_up",
        "A person showed their second factor again.",
        _O.STAFF,
        _O.SESSION,
        _O.FACTOR,
    ),
    _access("staff.signed_out", "A person signed out, or a session ended.", _O.STAFF, _O.SESSION),
    _refusal("staff.sign_in_refused", "A sign-in was refused.", _O.STAFF, counts=("attempts",)),
    _access(
        "staff.sessions_ended",
        "Sessions of a person were ended, by them or by an administrator.",
        _O.STAFF,
        _O.SESSION,
        counts=("sessions",),
    ),
    _access("staff.password_changed", "A person set a new password.", _O.STAFF),
    _access("staff.reset_issued", "A code to set a password was handed out.", _O.STAFF),
    _access("staff.reset_used", "A password was set with such a code.", _O.STAFF),
    _refusal(
        "staff.reset_refused",
        "A wrong or old code to set a password was refused.",
        _O.STAFF,
        counts=("attempts",),
    ),
    _access("staff.closed", "An account was closed; all that opened it was taken away.", _O.STAFF),
    _access("factor.begun", "A person was shown the secret of a new app.", _O.STAFF),
    _access("factor.enrolled", "A person added a second factor.", _O.STAFF, _O.FACTOR),
    _access("factor.removed", "A second factor was taken away.", _O.STAFF, _O.FACTOR),
    _access(
        "factor.reset",
        "An administrator took all second factors of a person away.",
        _O.STAFF,
        counts=("factors",),
    ),
    _access("factor.recovery_made", "A person was given new recovery codes.", _O.STAFF),
    _access("factor.recovery_used", "A recovery code was used.", _O.STAFF, counts=("left",)),
    _refusal("factor.refused", "A second factor was refused.", _O.STAFF, _O.SESSION),
    _refusal(
        "access.refused",
        "Someone asked for what they may not see or do.",
        *ObjectType,
        counts=("attempts",),
    ),
    _access("key.created", "A practice was given an encryption key.", _O.KEY, counts=("version",)),
    _access(
        "key.rewrapped", "Sealed values were sealed with a newer key.", _O.KEY, counts=("rows",)
    ),
    _access(
        "key.set_apart",
        "Sealed values of a Part 2 program were sealed with the key of such records.",
        _O.KEY,
        counts=("rows",),
    ),
    _access(
        "key.retired", "A key that seals nothing was put out of use.", _O.KEY, counts=("version",)
    ),
    _access(
        "key.root_changed", "Keys were wrapped with another root key.", _O.KEY, counts=("keys",)
    ),
    _access(
        "key.destroyed", "A practice's keys were destroyed for good.", _O.KEY, counts=("keys",)
    ),
    _access("key.reindexed", "Blind indexes were written anew.", _O.KEY, counts=("rows", "bits")),
    _refusal(
        "key.destroy_refused",
        "Destroying a practice's keys was refused: a legal hold.",
        _O.KEY,
        counts=("holds",),
    ),
    _read(
        "key.leakage_measured",
        "What the indexes of patients' names give away was counted.",
        _O.KEY,
        counts=("patients",),
    ),
)

_MASTERS = (
    _write("provider.created", "A provider was entered.", _O.PROVIDER, counts=("providers",)),
    _write("provider.changed", "A provider's record changed.", _O.PROVIDER, digests=_CHANGE),
    _write("provider.confirmed", "A person confirmed a provider that came in.", _O.PROVIDER),
    _write("payer.created", "A payer was entered.", _O.PAYER, counts=("payers",)),
    _write("payer.changed", "A payer's record changed.", _O.PAYER, digests=_CHANGE),
    _write("plan.created", "A plan of a payer was entered.", _O.PLAN, _O.PAYER, counts=("plans",)),
    _write("plan.changed", "A plan's record changed.", _O.PLAN, _O.PAYER, digests=_CHANGE),
    _write(
        "enrolment.changed",
        "A provider's enrolment with a payer was entered or changed.",
        _O.ENROLMENT,
        _O.PROVIDER,
        _O.PAYER,
        digests=_CHANGE,
    ),
    _write(
        "plugin.installed",
        "A version of a plugin was installed; the digests name its files and the wheel.",
        _O.PLUGIN,
        counts=("files", "signed", "sees"),
        digests=("code", "wheel"),
    ),
    _write("plugin.removed", "An installed version was removed.", _O.PLUGIN, digests=("code",)),
    _write(
        "plugin.enabled",
        "A plugin was switched on for a practice.",
        *_AT_PRACTICE,
        counts=_STEP,
        digests=_STEP_OF,
    ),
    _write(
        "plugin.disabled",
        "A plugin was switched off for a practice, or to a day.",
        *_AT_PRACTICE,
        counts=_STEP,
        digests=_STEP_OF,
    ),
    _write(
        "plugin.settings",
        "The settings of a plugin for a practice changed.",
        *_AT_PRACTICE,
        counts=_STEP,
        digests=_STEP_OF,
    ),
    _write(
        "plugin.shadowed",
        "A version began to be tried beside what counts, unseen.",
        *_AT_PRACTICE,
        counts=_STEP,
        digests=_STEP_OF,
    ),
    _write(
        "plugin.unshadowed",
        "A version is no longer tried.",
        *_AT_PRACTICE,
        counts=_STEP,
        digests=_STEP_OF,
    ),
    _write(
        "plugin.promoted",
        "A version began to count in the place of another.",
        *_AT_PRACTICE,
        counts=_STEP,
        digests=_STEP_OF,
    ),
    _write(
        "plugin.rolled_back",
        "The version before began to count again.",
        *_AT_PRACTICE,
        counts=_STEP,
        digests=_STEP_OF,
    ),
    _write(
        "plugin.stopped",
        "A plugin failed too often and was stopped; what it guards is held.",
        *_AT_PRACTICE,
        counts=_STEP,
        digests=_STEP_OF,
    ),
    _write(
        "plugin.secret_set",
        "Secret fields of a plugin's settings were set or taken away.",
        _O.PLUGIN,
        _O.PRACTICE,
        counts=("fields",),
    ),
    _write("plugin.failed", "A plugin failed; counted.", _O.PLUGIN, counts=("faults",)),
    _write(
        "plugin.tried",
        "Claims were judged with a version in shadow; they stay as they are.",
        _O.PLUGIN,
        _O.CLAIM,
        counts=("claims", "different", "newly_held"),
    ),
    _write(
        "table.loaded",
        "A release of a published table was loaded; the digests name the file and the table.",
        _O.TABLE,
        counts=("rows", "in_force"),
        digests=("source", "table"),
    ),
    _write(
        "table.activated",
        "A loaded release of a published table was put in force.",
        _O.TABLE,
        counts=("rows",),
        digests=("source", "table"),
    ),
    _write(
        "table.rolled_back",
        "The last change of the releases of a table in force was undone.",
        _O.TABLE,
        counts=("rows",),
        digests=("source", "table"),
    ),
)

_CHART = (
    _write(
        "intake.received",
        "A file of charges or claims was taken in.",
        _O.FILE,
        counts=("rows", "charges", "refused", "repeated"),
        digests=("file",),
    ),
    _refusal(
        "intake.refused",
        "A file was refused whole, or rows of it were.",
        _O.FILE,
        counts=("rows", "refused"),
        digest="file",
    ),
    _write("patient.created", "Patients were entered.", _O.PATIENT, counts=("patients",)),
    _write("patient.changed", "A patient's record changed.", _O.PATIENT, digests=_CHANGE),
    _read("patient.read", "Patient records were shown.", _O.PATIENT, counts=("patients",)),
    _read("patient.searched", "Patients were searched for.", _O.PATIENT, counts=("found",)),
    _write(
        "coverage.created",
        "Insurance coverage was entered.",
        _O.COVERAGE,
        _O.PATIENT,
        counts=("coverages",),
    ),
    _write("coverage.changed", "Coverage changed.", _O.COVERAGE, _O.PATIENT, digests=_CHANGE),
    _write(
        "encounter.created",
        "Encounters were entered.",
        _O.ENCOUNTER,
        _O.PATIENT,
        counts=("encounters",),
    ),
    _read("encounter.read", "Encounters were shown.", _O.ENCOUNTER, counts=("encounters",)),
    _write("charge.created", "Charges were entered.", _O.CHARGE, counts=("charges",)),
)

_CLAIM = (
    _write("claim.created", "Claims were made.", _O.CLAIM, _O.ENCOUNTER, counts=("claims",)),
    _write(
        "claim.coded", "Claims were coded.", _O.CLAIM, counts=("claims",), digests=("rule_book",)
    ),
    _write(
        "claim.priced",
        "Claims were priced.",
        _O.CLAIM,
        counts=("claims", "charge_cents"),
        digests=("rule_book",),
    ),
    _write(
        "claim.scrubbed",
        "Claims were checked against the rules.",
        _O.CLAIM,
        counts=("claims", "clean", "held", "findings"),
        digests=("rule_book",),
    ),
    _write("claim.held", "Claims were held for someone to act.", _O.CLAIM, counts=("claims",)),
    _write("claim.released", "Held claims were released.", _O.CLAIM, counts=("claims",)),
    _write("claim.edited", "A claim was edited by hand.", _O.CLAIM, digests=_CHANGE),
    _write(
        "claim.fixed",
        "What a finding suggests was applied; a reason, where asked, is sealed at the claim.",
        _O.CLAIM,
        counts=("findings",),
    ),
    _read("record.read", "Specialty records of a claim were shown.", _O.CLAIM, counts=("records",)),
    _write("record.entered", "A specialty record was entered.", _O.CLAIM, _O.RECORD),
    _write(
        "record.corrected",
        "A specialty record was corrected; what it said before stays.",
        _O.CLAIM,
        _O.RECORD,
    ),
    _write(
        "record.removed",
        "A specialty record was taken off a claim; what it said stays.",
        _O.CLAIM,
        _O.RECORD,
    ),
    _read("claim.explained", "What every rule said of a claim, and why, was shown.", _O.CLAIM),
    _write(
        "authorization.entered",
        "A payer's authorization was entered for a patient.",
        _O.AUTHORIZATION,
        _O.PATIENT,
        counts=("authorizations",),
    ),
    _write(
        "authorization.ended",
        "An authorization covers nothing any more.",
        _O.AUTHORIZATION,
        _O.PATIENT,
    ),
    _read(
        "authorization.read",
        "Authorizations of patients were shown.",
        _O.PATIENT,
        counts=("authorizations",),
    ),
    _write("rule.saved", "A rule that people write was saved as a draft.", _O.RULE),
    _write("rule.activated", "A rule that people write was switched on.", _O.RULE),
    _write("rule.ended", "A rule that people write was switched off from a day on.", _O.RULE),
    _read(
        "rule.tried",
        "A rule was tried on recent claims, which stay as they are.",
        _O.PRACTICE,
        counts=("claims", "matched"),
    ),
    _write(
        "policy.entered",
        "What a payer asks for was entered, with the document that says so.",
        _O.POLICY,
        counts=("policies",),
    ),
    _write(
        "policy.ended",
        "What a payer asks for was ended from a day on.",
        _O.POLICY,
        counts=("policies",),
    ),
    _write("waiver.asked", "Somebody asked to waive a rule.", _O.WAIVER, counts=("days",)),
    _write("waiver.approved", "A second person approved a waiver of a rule.", _O.WAIVER),
    _write("waiver.ended", "A waiver of a rule was ended.", _O.WAIVER),
    _write("back_test.asked", "Somebody asked for a back-test.", _O.BACK_TEST, counts=("claims",)),
    _write("back_test.stopped", "A back-test ended without a result.", _O.BACK_TEST),
    _write(
        "back_test.run",
        "Rules or a code release were replayed on past claims; the result is kept.",
        _O.BACK_TEST,
        _O.PRACTICE,
        counts=("claims", "held", "prevented", "false_holds"),
    ),
    _write(
        "back_test.size_set",
        "From how many claims a month a rule needs a back-test was changed.",
        _O.PRACTICE,
        counts=("claims",),
    ),
    _write(
        "claim.overridden",
        "A person overrode a finding, with a reason kept sealed at the claim.",
        _O.CLAIM,
        counts=("findings",),
        digests=("reason",),
    ),
    _write(
        "claim.batched",
        "Claims were put into a batch.",
        _O.CLAIM,
        _O.BATCH,
        counts=("claims", "charge_cents"),
    ),
    _write(
        "claim.sent",
        "Claims went to a payer or clearinghouse.",
        _O.CLAIM,
        _O.BATCH,
        _O.FILE,
        counts=("claims", "charge_cents"),
    ),
    _write("claim.moved", "Claims moved to another state.", _O.CLAIM, counts=("claims",)),
    _read(
        "claim.searched",
        "Claims were searched for by number.",
        _O.CLAIM,
        counts=("found",),
    ),
    _read("claim.read", "Claims were shown.", _O.CLAIM, counts=("claims",)),
    _read(
        "claim.revealed",
        "A class of fields that the role sees masked was shown whole, for a stated purpose.",
        _O.CLAIM,
        counts=("demographics", "identifiers", "clinical", "substance_use"),
    ),
    _write(
        "secondary.created",
        "Claims to the next payer were made.",
        _O.CLAIM,
        counts=("claims",),
    ),
)

_EXCHANGE = (
    _write(
        "file.sent",
        "A file left for a trading partner.",
        _O.FILE,
        _O.BATCH,
        counts=("claims", "size_bytes"),
        digests=("file",),
    ),
    _write(
        "file.received",
        "A file came from a trading partner.",
        _O.FILE,
        counts=("size_bytes",),
        digests=("file",),
    ),
    _refusal(
        "file.quarantined",
        "A file that cannot be read was put aside, untouched.",
        _O.FILE,
        counts=("size_bytes",),
    ),
    _read("file.read", "The content of an exchanged file was shown or downloaded.", _O.FILE),
    _write(
        "acknowledgement.applied",
        "A TA1, 999 or 277CA was applied to the claims it answers.",
        _O.ACKNOWLEDGEMENT,
        _O.FILE,
        _O.CLAIM,
        counts=("accepted", "rejected", "unmatched"),
    ),
)

_MONEY = (
    _write(
        "remittance.received",
        "A remittance came in.",
        _O.REMITTANCE,
        _O.FILE,
        counts=("claims", "paid_cents"),
        digests=("file",),
    ),
    _write(
        "remittance.held",
        "A remittance was held whole: it does not balance or does not match.",
        _O.REMITTANCE,
        _O.FILE,
        counts=("claims", "difference_cents"),
    ),
    _write(
        "remittance.posted",
        "A remittance was posted.",
        _O.REMITTANCE,
        _O.CLAIM,
        counts=("claims", "lines", "entries", "paid_cents"),
    ),
    _write("remittance.repeated", "A remittance came again; nothing was done.", _O.REMITTANCE),
    _read("remittance.read", "A remittance was shown.", _O.REMITTANCE, counts=("claims",)),
    _write(
        "ledger.posted",
        "Entries were added to the ledger.",
        _O.LEDGER_ENTRY,
        _O.CLAIM,
        _O.REMITTANCE,
        counts=("entries", "debit_cents", "credit_cents"),
    ),
    _write(
        "denial.opened", "Denied lines became work items.", _O.DENIAL, _O.CLAIM, counts=("denials",)
    ),
    _write("denial.worked", "A step was taken on a denial.", _O.DENIAL, _O.CLAIM),
)

_PEOPLE_OUTSIDE = (
    _refusal(
        "upload.refused",
        "A file that a person handed in was refused; nothing of it was kept.",
        _O.PRACTICE,
        counts=("size_bytes",),
        digest="file",
    ),
    _write(
        "statement.made",
        "Patient statements were made.",
        _O.STATEMENT,
        _O.PATIENT,
        counts=("statements", "due_cents"),
        digests=("file",),
    ),
    _read("statement.read", "A patient statement was shown or printed.", _O.STATEMENT, _O.PATIENT),
    _read(
        "portal.read",
        "The practice looked at its portal.",
        _O.PAGE,
        _O.CLAIM,
        _O.PATIENT,
        counts=("rows",),
    ),
    _read(
        "practice.exported",
        "Everything of a practice was written out for hand-over.",
        _O.PRACTICE,
        counts=("tables", "rows", "files", "size_bytes"),
        digests=("contents",),
    ),
    _read(
        "patient.exported",
        "The designated record set of a patient was written out.",
        _O.PATIENT,
        counts=("tables", "rows", "files", "size_bytes"),
        digests=("contents",),
    ),
    _read(
        "export.made",
        "Data left the system in a file.",
        _O.EXPORT,
        *ObjectType,
        counts=("rows", "size_bytes"),
    ),
    _access(
        "audit.exported",
        "A practice's audit log was written to a folder.",
        _O.PRACTICE,
        counts=("events",),
    ),
    _write(
        "disclosure.entered",
        "A disclosure outside treatment, payment and operations was entered.",
        _O.DISCLOSURE,
        _O.PATIENT,
    ),
    _write(
        "accounting.requested",
        "A patient asked to whom their health information was disclosed.",
        _O.PATIENT,
    ),
    _write("accounting.given", "The accounting of disclosures was given.", _O.PATIENT),
    _read(
        "disclosure.read",
        "An accounting of disclosures was shown or printed.",
        _O.DISCLOSURE,
        _O.PATIENT,
        counts=("disclosures",),
    ),
    _access(
        "review.cleared",
        "An unusual access was looked into and found to be in order.",
        _O.REVIEW,
        _O.STAFF,
    ),
    _access(
        "review.escalated",
        "An unusual access was looked into and passed on.",
        _O.REVIEW,
        _O.STAFF,
    ),
    _access("review.read", "The list of unusual accesses was shown.", _O.PRACTICE),
    _access(
        "backup.made",
        "A backup of the whole installation was made; everything in it is sealed.",
        _O.EXPORT,
        counts=("practices", "rows", "size_bytes"),
        digests=("manifest",),
    ),
    _access(
        "backup.drilled",
        "A backup was made, restored apart from the installation, and verified.",
        _O.EXPORT,
        counts=("proofs", "problems", "seconds", "backup_age_hours"),
        digests=("manifest",),
    ),
    _access(
        "backup.restored",
        "The installation was put back from a backup; events after it may be missing.",
        _O.EXPORT,
        counts=("practices", "rows", "missing_events"),
        digests=("manifest",),
    ),
    _access(
        "backup.keys_forgotten",
        "Keys that were destroyed were taken out of backups as well.",
        _O.EXPORT,
        counts=("keys",),
    ),
    _access(
        "audit.verified",
        "The audit log was verified from its stored bytes.",
        _O.PRACTICE,
        counts=("events", "problems"),
    ),
)

_MACHINES = (
    _access(
        "principal.created",
        "A program was given an account.",
        _O.PRINCIPAL,
        _O.PRACTICE,
        counts=("scopes",),
    ),
    _access("principal.closed", "A program's account was closed.", _O.PRINCIPAL),
    _access(
        "token.created",
        "A program was given a token.",
        _O.TOKEN,
        _O.PRINCIPAL,
        counts=("days",),
    ),
    _access("token.revoked", "A program's token was revoked.", _O.TOKEN),
    _refusal(
        "token.refused",
        "A token was refused: unknown, revoked, expired, or of a closed account.",
        _O.TOKEN,
        _O.PRINCIPAL,
        digest="token",
    ),
    _refusal(
        "token.exposed",
        "A token stood in an address or a cookie; it was refused, and is to be replaced.",
        _O.TOKEN,
        digest="token",
    ),
    _access(
        "staff.signed_in_by_company",
        "A person signed in through the company's identity provider.",
        _O.STAFF,
        _O.SESSION,
        counts=("second_factor",),
    ),
    _access(
        "staff.identity_linked",
        "An account was linked to a person of the company's identity provider.",
        _O.STAFF,
    ),
    _write("vendor.created", "An agreement with a business associate was entered.", _O.VENDOR),
    _write("vendor.verified", "A business associate's safeguards were verified.", _O.VENDOR),
    _write("vendor.ended", "An agreement with a business associate ended.", _O.VENDOR),
    _refusal(
        "vendor.refused",
        "A call to the outside was refused: no agreement with its vendor is in force.",
        _O.VENDOR,
    ),
)

_PRIVACY = (
    _write(
        "consent.entered",
        "A patient's written consent was entered.",
        _O.CONSENT,
        _O.PATIENT,
        counts=("consents",),
    ),
    _write(
        "consent.revoked",
        "A consent counts no more from a day on.",
        _O.CONSENT,
        _O.PATIENT,
        counts=("consents",),
    ),
    _read("consent.read", "A patient's consents were shown.", _O.PATIENT, counts=("consents",)),
    _read(
        "consent.disclosed",
        "Records of a Part 2 program left under a consent, with the notice of 42 CFR 2.32.",
        _O.CONSENT,
        _O.CLAIM,
        counts=("claims",),
    ),
    _write(
        "restriction.set",
        "The patient paid in full; no plan is to be told of the visit.",
        _O.ENCOUNTER,
        _O.CLAIM,
    ),
    _write("restriction.lifted", "The patient took that back.", _O.ENCOUNTER, _O.CLAIM),
    _write("note.written", "A psychotherapy note was written.", _O.NOTE, _O.ENCOUNTER),
    _read("note.read", "A psychotherapy note was shown to its author.", _O.NOTE),
    _access(
        "emergency.began",
        "A person took emergency access, with a reason kept sealed.",
        _O.EMERGENCY,
        _O.STAFF,
        _O.PRACTICE,
        _O.PATIENT,
        counts=("minutes", "medical"),
    ),
    _access("emergency.ended", "Emergency access was ended.", _O.EMERGENCY, _O.STAFF),
    _access(
        "emergency.reviewed",
        "Somebody else judged an emergency access.",
        _O.EMERGENCY,
        _O.STAFF,
        counts=("justified",),
    ),
    _read("emergency.read", "The reasons of emergency access were shown.", _O.EMERGENCY),
    _access(
        "staff.changed",
        "A person's role, place of work, name or account changed; before and after as digests.",
        _O.STAFF,
        counts=("role", "location", "active", "called"),
        digests=_CHANGE,
    ),
    _access("credential.entered", "A certificate of a person was entered.", _O.STAFF),
    _access("credential.removed", "A certificate of a person was taken away.", _O.STAFF),
    _access(
        "demand.entered",
        "A practice's demand on who works for it was entered.",
        _O.DEMAND,
        _O.PRACTICE,
    ),
    _access("demand.removed", "A demand of a practice was taken away.", _O.DEMAND, _O.PRACTICE),
)

KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        *_PRACTICE_AND_STAFF,
        *_MASTERS,
        *_CHART,
        *_CLAIM,
        *_EXCHANGE,
        *_MONEY,
        *_PEOPLE_OUTSIDE,
        *_MACHINES,
        *_PRIVACY,
    )
}


def catalogue_markdown() -> str:
    """The page ``docs/audit-events.md``."""
    lines = [
        "# Audit events",
        "",
        "Written from `audit/catalogue.py` by `audit.event.catalogue_markdown()`;",
        "do not edit by hand.",
        "",
        "An event says who did what to which objects, when and for what purpose. It names objects",
        "by identifier only and has no field for text: nothing of a record can enter it. *Counts*",
        "and *digests* (SHA-256) are what the kind may carry beside that.",
    ]
    for category in Category:
        lines += [
            "",
            f"## {category.value.capitalize()}",
            "",
            "| code | meaning | about | counts | digests |",
            "|---|---|---|---|---|",
        ]
        for kind in sorted(KINDS.values(), key=lambda kind: kind.code):
            if kind.category is category:
                lines.append(_row(kind))
    return "\n".join(lines) + "\n"


def _row(kind: Kind) -> str:
    about = "anything" if len(set(kind.objects)) == len(ObjectType) else ", ".join(kind.objects)
    cells = (f"`{kind.code}`", kind.meaning, about, ", ".join(kind.counts), ", ".join(kind.digests))
    return "| " + " | ".join(cells) + " |"
