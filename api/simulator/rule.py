"""From the drawn outcome of one claim to the record of the decision."""

from __future__ import annotations

from datetime import date

from api.simulator import decide
from api.simulator.adjudicate import (
    ALREADY_DECIDED,
    PREDETERMINED,
    Ruling,
    adjudicate,
    percent,
)
from api.simulator.decide import Identity
from api.simulator.fees import Terms, terms_of
from api.simulator.history import History, decided_at
from api.simulator.intake import ArrivedClaim, Plan
from api.simulator.reception import Interchange
from api.simulator.records import Account, Decided, Due
from api.simulator.reversal import reverse
from api.simulator.script import Outcome, Rejection, Script
from core.claims.claim import Claim
from core.remittance.values import ClaimPayment

# A3 rejected, 464 payer's claim control number, PR payer: the original is not known.
_NO_SUCH_ORIGINAL = Rejection(category="A3", status="464", entity="PR")
# A7 invalid information, 562 identifier of the billing provider.
_NO_PROVIDER = Rejection(category="A7", status="562", entity="85")


def account_of(claim: Claim, interchange: Interchange) -> Account:
    """Who pays whom for ``claim``, and over which addresses."""
    return Account(
        key=f"{claim.payer.payer_id}/{claim.billing.npi or claim.billing.tax_id}",
        payer=claim.payer,
        payee=claim.billing,
        sender_id=interchange.sender_id,
        sender_qualifier=interchange.sender_qualifier,
        receiver_id=interchange.receiver_id,
        receiver_qualifier=interchange.receiver_qualifier,
        usage=interchange.usage,
    )


class Rule:
    """Decides the claims of one step of one practice."""

    def __init__(
        self, history: History, seed: int, script: Script, received: date, step: int
    ) -> None:
        self.history = history
        self.seed = seed
        self.script = script
        self.received = received
        self.step = step
        self._seen: dict[Identity, int] = {}

    def turned_away(self, identity: Identity) -> Decided:
        """A claim whose transaction set was not taken."""
        return self._record(identity, Outcome.REJECT_999)

    def decide(
        self, arrived: ArrivedClaim, plan: Plan, account: Account
    ) -> tuple[Decided, Rejection | None]:
        """What becomes of a claim, and why the 277CA rejects it, if it does."""
        claim, identity = arrived.claim, arrived.identity
        outcome = plan.outcome(identity)
        if outcome is Outcome.REJECT_277CA:
            why = decide.rejection(self.seed, identity, self.script)
            return self._record(identity, outcome), why
        if outcome is Outcome.UNKNOWN_ORIGINAL:
            return self._record(identity, outcome), _NO_SUCH_ORIGINAL
        if outcome is Outcome.INCOMPLETE:
            return self._record(identity, outcome), _NO_PROVIDER
        number = self._number(identity)
        if outcome is Outcome.NOTICE:
            return self._record(identity, outcome, account.key, number), None
        if outcome is Outcome.VOID:
            return self._void(claim, identity, account, number), None
        return self._adjudicated(claim, identity, outcome, account, number), None

    def _adjudicated(
        self, claim: Claim, identity: Identity, outcome: Outcome, account: Account, number: str
    ) -> Decided:
        terms = terms_of(claim.payer)
        replaces = claim.payer_claim_number if claim.frequency == "7" else ""
        if outcome is Outcome.DUPLICATE:
            replaces = ""
        ruling = self._ruling(claim, identity, outcome, replaces)
        payment = self._payment(claim, terms, ruling, number)
        payments: tuple[ClaimPayment, ...] = (payment,)
        if replaces:
            earlier = decided_at(self.history.paid[replaces])
            payments = reverse(earlier.payments[-1]), payment
            outcome = Outcome.REPLACEMENT
        due, later, later_cents = self._due(claim, identity, outcome, terms, payment)
        interest = 0
        if outcome is Outcome.INTEREST:
            interest = percent(payment.paid_cents, self.script.interest_per_mille) // 10
        return Decided(
            claim_number=identity.claim_number,
            payer_id=identity.payer_id,
            sequence=identity.sequence,
            frequency=identity.frequency,
            digest=identity.digest,
            outcome=outcome,
            account=account.key,
            payer_claim_number=number,
            payments=payments,
            replaces=replaces,
            due=due,
            later=later,
            later_cents=later_cents,
            interest_cents=interest,
        )

    def _ruling(self, claim: Claim, identity: Identity, outcome: Outcome, replaces: str) -> Ruling:
        if outcome is Outcome.DENY:
            cause = decide.claim_cause(self.seed, identity, claim.form, self.script)
            return Ruling(outcome=outcome, cause=cause)
        if outcome is Outcome.PARTIAL:
            cause = decide.line_cause(self.seed, identity, claim.form, self.script)
            line = decide.draw(self.seed, identity, "line") % len(claim.lines)
            return Ruling(outcome=outcome, cause=cause, line=line)
        if outcome is Outcome.DUPLICATE:
            return Ruling(outcome=outcome, cause=ALREADY_DECIDED)
        if outcome is Outcome.PREDETERMINATION:
            return Ruling(outcome=outcome, cause=PREDETERMINED)
        return Ruling(outcome=outcome, replaces=replaces)

    def _due(
        self,
        claim: Claim,
        identity: Identity,
        outcome: Outcome,
        terms: Terms,
        payment: ClaimPayment,
    ) -> tuple[Due, ClaimPayment | None, int]:
        """What the next run does with ``payment``: nothing, correct it, or take part back."""
        if payment.paid_cents <= 0:
            return Due.NOTHING, None, 0
        if outcome is Outcome.RECOUPMENT:
            back = percent(payment.paid_cents, self.script.recouped_percent)
            return Due.RECOUP, None, back
        if outcome is not Outcome.CORRECTION:
            return Due.NOTHING, None, 0
        ruling = Ruling(
            outcome=outcome,
            allowed_percent=self.script.corrected_percent,
            replaces=payment.payer_claim_number,
        )
        number = _thirteen_digits(decide.draw(self.seed, identity, f"corrected {self.step}"))
        return Due.CORRECT, self._payment(claim, terms, ruling, number), 0

    def _void(self, claim: Claim, identity: Identity, account: Account, number: str) -> Decided:
        earlier = decided_at(self.history.paid[claim.payer_claim_number])
        return Decided(
            claim_number=identity.claim_number,
            payer_id=identity.payer_id,
            sequence=identity.sequence,
            frequency=identity.frequency,
            digest=identity.digest,
            outcome=Outcome.VOID,
            account=account.key,
            payer_claim_number=number,
            payments=(reverse(earlier.payments[-1]),),
            replaces=claim.payer_claim_number,
        )

    def _payment(self, claim: Claim, terms: Terms, ruling: Ruling, number: str) -> ClaimPayment:
        return adjudicate(claim, terms, ruling, payer_claim_number=number, received=self.received)

    def _record(
        self, identity: Identity, outcome: Outcome, account: str = "", number: str = ""
    ) -> Decided:
        return Decided(
            claim_number=identity.claim_number,
            payer_id=identity.payer_id,
            sequence=identity.sequence,
            frequency=identity.frequency,
            digest=identity.digest,
            outcome=outcome,
            account=account,
            payer_claim_number=number,
        )

    def _number(self, identity: Identity) -> str:
        """A payer claim number; the same content again gets another one."""
        count = self._seen.get(identity, 0)
        self._seen[identity] = count + 1
        return _thirteen_digits(decide.draw(self.seed, identity, f"number {self.step} {count}"))


def _thirteen_digits(number: int) -> str:
    return f"{number % 9 + 1}{number // 9 % 10**12:012d}"
