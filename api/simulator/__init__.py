"""Stands in for clearinghouse and payers: takes 837 files from a folder, answers as they would.

A part of its own: it shares no state with the product and keeps its own truth, so that what the
product posts can be compared with what was decided, to the cent.
"""

from api.simulator.practice import PracticeReport
from api.simulator.run import RunReport, run
from api.simulator.script import DEFAULT, Cause, Outcome, Rejection, Script, Share
from api.simulator.truth import ClaimTruth, PracticeTruth, Truth, truth

__all__ = [
    "DEFAULT",
    "Cause",
    "ClaimTruth",
    "Outcome",
    "PracticeReport",
    "PracticeTruth",
    "Rejection",
    "RunReport",
    "Script",
    "Share",
    "Truth",
    "run",
    "truth",
]
