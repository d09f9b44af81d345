"""What codes of an 835 say, in our own words: decisions, how money moves, why it is adjusted."""

from __future__ import annotations

# CLP02.
CLAIM_DECISIONS: dict[str, str] = {
    "1": "paid as first payer",
    "2": "paid as second payer",
    "3": "paid as third payer",
    "4": "denied",
    "19": "paid as first payer, forwarded",
    "20": "paid as second payer, forwarded",
    "21": "paid as third payer, forwarded",
    "22": "reversal of a previous payment",
    "23": "not this payer's claim, forwarded",
    "25": "predetermination, no payment",
}

# CAS01.
ADJUSTMENT_GROUPS: dict[str, str] = {
    "CO": "contract: the provider writes it off",
    "OA": "other adjustment",
    "PI": "the payer's own reduction",
    "PR": "the patient owes it",
}

# BPR04.
METHODS: dict[str, str] = {
    "ACH": "bank transfer (ACH)",
    "BOP": "a way the bank chooses",
    "CHK": "check",
    "FWT": "wire transfer",
}

# PLB03-1 and its like: why money is taken from a payment, or added to it, outside any claim.
PROVIDER_ADJUSTMENTS: dict[str, str] = {
    "50": "a late charge",
    "51": "interest as a penalty",
    "72": "a refund that the provider sent",
    "90": "an allowance for early payment",
    "AH": "a fee for the payment",
    "AM": "applied to a loan",
    "AP": "benefits paid ahead",
    "B2": "a rebate",
    "B3": "an allowance for recovery",
    "BD": "a bad debt",
    "BN": "a bonus",
    "C5": "a temporary allowance",
    "CR": "interest on capitation",
    "CS": "an adjustment; its reference says what for",
    "CT": "a capitation payment",
    "CV": "capital costs passed through",
    "CW": "costs of nurse anesthetists passed through",
    "DM": "costs of medical education passed through",
    "E3": "money withheld",
    "FB": "a balance carried to or from another payment",
    "FC": "an allocation of funds",
    "GO": "costs of graduate education passed through",
    "HM": "a supplement for clotting factor",
    "IP": "an incentive payment",
    "IR": "tax withheld",
    "IS": "an interim settlement",
    "J1": "something that is not reimbursed",
    "L3": "a penalty",
    "L6": "interest",
    "LE": "a levy",
    "LS": "a lump sum",
    "OA": "costs of organ acquisition passed through",
    "OB": "an offset for an affiliated provider",
    "PI": "a periodic interim payment",
    "PL": "a final settlement",
    "RA": "a change of earlier capitation",
    "RE": "a return on equity",
    "SL": "a student loan repaid",
    "TL": "another party's liability",
    "WO": "an overpayment recovered",
    "WU": "a recovery without a stated cause",
}
