"""Neither an audit event, nor a log line, nor a job can carry health information."""

from __future__ import annotations

import inspect
import re
from datetime import datetime
from uuid import UUID

import msgspec

from api import worker
from audit.catalogue import KINDS
from audit.event import Actor, Event, Objects
from audit.logging import FIELDS
from core.errors import ClaimwrightError

PHI_WORDS = re.compile(
    r"name|birth|dob|sex|ssn|address|phone|email|member|diagnos|patient_number|mrn|policy|note"
)

# What a field of an event may be: identifiers, words from closed lists, numbers, digests, times.
CLOSED_TYPES = {
    "id": UUID,
    "tenant_id": UUID,
    "at": datetime,
    "actor": Actor,
    "kind": str,
    "objects": tuple[Objects, ...],
    "counts": tuple[tuple[str, int], ...],
    "digests": tuple[tuple[str, bytes], ...],
    "request_id": UUID | None,
}


def test_an_event_has_no_field_that_could_hold_text_of_a_record() -> None:
    fields = {field.name: field.type for field in msgspec.structs.fields(Event)}
    purpose = fields.pop("purpose")
    assert fields == CLOSED_TYPES
    assert issubclass(purpose, str)
    assert len(list(purpose)) < 20


def test_no_kind_of_event_counts_or_digests_by_a_name_of_health_information() -> None:
    for kind in KINDS.values():
        for name in (*kind.counts, *kind.digests):
            assert not PHI_WORDS.search(name), f"{kind.code} carries {name}"


def test_no_log_field_is_named_for_health_information() -> None:
    allowed_words = {"name"} & set(FIELDS)
    for name in set(FIELDS) - allowed_words:
        assert not PHI_WORDS.search(name), f"the log lets {name} through"


def test_a_job_carries_a_practice_and_a_day_and_nothing_else() -> None:
    job = worker._job(None, "prepare", worker.STEPS["prepare"])  # type: ignore[arg-type]
    assert list(inspect.signature(job).parameters) == ["tenant_id", "day"]


def test_every_error_says_its_code_and_how_it_ends() -> None:
    def below(kind: type[ClaimwrightError]) -> list[type[ClaimwrightError]]:
        return [kind, *(one for sub in kind.__subclasses__() for one in below(sub))]

    kinds = below(ClaimwrightError)
    codes = [kind.code for kind in kinds]
    assert len(set(codes)) == len(codes)
    assert {kind.exit_status for kind in kinds} <= {1, 2}
    assert all(400 <= kind.http_status < 600 for kind in kinds)
