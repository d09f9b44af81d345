"""What the invented payers do with claims: outcomes, their shares, and the causes they name.

The codes are published ones (CARC, RARC, claim status); how often each comes is invented for
demonstration.
"""

from __future__ import annotations

from enum import StrEnum

from core.claims.claim import Form
from core.claims.parties import Value
from core.errors import InputError


class Outcome(StrEnum):
    """What became of a claim. Those of ``DRAWN`` come by share; the others by what was sent."""

    PAY = "pay"
    PARTIAL = "partial"
    DENY = "deny"
    DEDUCTIBLE = "deductible"
    COINSURANCE = "coinsurance"
    COPAY = "copay"
    CORRECTION = "correction"
    RECOUPMENT = "recoupment"
    INTEREST = "interest"
    REJECT_277CA = "reject_277ca"
    REJECT_999 = "reject_999"
    DUPLICATE = "duplicate"
    REPLACEMENT = "replacement"
    VOID = "void"
    NOTICE = "notice"
    PREDETERMINATION = "predetermination"
    UNKNOWN_ORIGINAL = "unknown_original"
    INCOMPLETE = "incomplete"


# In this order a run makes sure of one of each. REJECT_999 is drawn for a whole transaction set.
DRAWN = (
    Outcome.DENY,
    Outcome.PARTIAL,
    Outcome.CORRECTION,
    Outcome.RECOUPMENT,
    Outcome.REJECT_277CA,
    Outcome.DEDUCTIBLE,
    Outcome.COINSURANCE,
    Outcome.COPAY,
    Outcome.INTEREST,
)
REJECTED = frozenset(
    {
        Outcome.REJECT_277CA,
        Outcome.REJECT_999,
        Outcome.UNKNOWN_ORIGINAL,
        Outcome.INCOMPLETE,
    }
)


class Share(Value, frozen=True, kw_only=True):
    """How many of a thousand claims meet this outcome."""

    outcome: Outcome
    per_mille: int


class Cause(Value, frozen=True, kw_only=True):
    """A denial: group code, CARC, RARCs; ``forms`` empty means every kind of claim."""

    group: str
    code: str
    remarks: tuple[str, ...] = ()
    forms: tuple[Form, ...] = ()


class Rejection(Value, frozen=True, kw_only=True):
    """A 277CA rejection: status category, status code, entity code."""

    category: str
    status: str
    entity: str


CLAIM_CAUSES = (
    Cause(group="CO", code="197"),
    Cause(group="CO", code="16", remarks=("N290",)),
    Cause(group="CO", code="50", remarks=("N115",)),
    Cause(group="CO", code="29"),
    Cause(group="PR", code="27", remarks=("N30",)),
    Cause(group="CO", code="22", remarks=("N598",)),
    Cause(group="CO", code="109", remarks=("N104",)),
    Cause(group="CO", code="16", remarks=("M51",)),
    Cause(group="PR", code="119", remarks=("N362",), forms=(Form.DENTAL,)),
)
LINE_CAUSES = (
    Cause(group="CO", code="97", remarks=("M15",)),
    Cause(group="CO", code="50", remarks=("N115",)),
    Cause(group="CO", code="16", remarks=("M51",)),
    Cause(group="CO", code="151", remarks=("N362",)),
    Cause(group="PR", code="96", remarks=("N130",)),
    Cause(group="CO", code="4", remarks=("N519",), forms=(Form.PROFESSIONAL,)),
)
REJECTIONS = (
    Rejection(category="A3", status="33", entity="IL"),
    Rejection(category="A3", status="25", entity="85"),
    Rejection(category="A3", status="164", entity="IL"),
)


class Script(Value, frozen=True, kw_only=True):
    """The mix. What the shares leave of a thousand is paid in full by contract.

    ``reject_999_per_mille`` counts transaction sets, not claims. From ``guarantee_from`` new claims
    in one practice and run, each drawn outcome comes at least once (0 switches that off), and one
    set is rejected at the 999; but a set with more than half of the run's claims is only rejected
    when all are (1000). ``corrected_percent`` is what
    is left of the allowed amount when a paid claim is corrected in the next run;
    ``recouped_percent`` how much of a payment is taken back; ``interest_per_mille`` what a late
    payment earns.
    """

    shares: tuple[Share, ...] = (
        Share(outcome=Outcome.DENY, per_mille=80),
        Share(outcome=Outcome.PARTIAL, per_mille=60),
        Share(outcome=Outcome.DEDUCTIBLE, per_mille=70),
        Share(outcome=Outcome.COINSURANCE, per_mille=110),
        Share(outcome=Outcome.COPAY, per_mille=110),
        Share(outcome=Outcome.CORRECTION, per_mille=25),
        Share(outcome=Outcome.RECOUPMENT, per_mille=20),
        Share(outcome=Outcome.INTEREST, per_mille=20),
        Share(outcome=Outcome.REJECT_277CA, per_mille=25),
    )
    reject_999_per_mille: int = 20
    guarantee_from: int = 40
    claim_causes: tuple[Cause, ...] = CLAIM_CAUSES
    line_causes: tuple[Cause, ...] = LINE_CAUSES
    rejections: tuple[Rejection, ...] = REJECTIONS
    corrected_percent: int = 85
    recouped_percent: int = 60
    interest_per_mille: int = 12

    def __post_init__(self) -> None:
        if any(share.outcome not in DRAWN for share in self.shares):
            raise InputError("a script has a share for an outcome that is not drawn by share")
        mille = [share.per_mille for share in self.shares]
        if min(mille, default=0) < 0 or sum(mille) > 1000:
            raise InputError("the shares of a script are not negative and add up to at most 1000")
        if not 0 <= self.reject_999_per_mille <= 1000:
            raise InputError("the share of rejected transaction sets is 0 to 1000")
        if not (0 < self.corrected_percent < 100 and 0 < self.recouped_percent <= 100):
            raise InputError("a script corrects to and recoups a percentage between 0 and 100")
        if not (self.claim_causes and self.line_causes and self.rejections):
            raise InputError("a script names at least one denial cause and one rejection")


DEFAULT = Script()
