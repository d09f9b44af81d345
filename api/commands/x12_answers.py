"""The answers of ``x12 ack``: which are written, and where to."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from api.commands.files import Source
from api.commands.output import DONE, PROBLEMS, line, problem
from api.transports.folder import write_whole
from core.errors import InputError, X12SyntaxError
from core.x12.acknowledgements import write_999, write_ta1
from core.x12.answers import return_envelope, write_back
from core.x12.check import check
from core.x12.check_options import CheckOptions
from core.x12.claim_answers import claim_answers
from core.x12.claim_status import write_277ca
from core.x12.claims_reader import read_claims
from core.x12.envelope import Envelope
from core.x12.report import FileReport, InterchangeReport
from core.x12.syntax import STANDARD

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
_NAME_MAX = 60


class Answerer:
    """Answers files one after another under control numbers that count on."""

    def __init__(
        self, kinds: Sequence[str], folder: Path | None, created: datetime, options: CheckOptions
    ) -> None:
        self._kinds = kinds
        self._folder = folder
        self._created = created
        self._options = options
        self._control = 0
        self._names: set[str] = set()

    def answer(self, source: Source) -> int:
        """Write the answers to one file; a status."""
        report = check(source.blocks(), self._options)
        if not report.interchanges:
            problem(f"{source.title}: there is no interchange to answer; it may not be X12")
            return PROBLEMS
        status, written = DONE, 0
        for interchange in report.interchanges:
            alone = FileReport(interchanges=(interchange,))
            if "TA1" in self._kinds:
                written += self._put(source, "TA1", interchange, partial(write_ta1, alone))
            if "999" in self._kinds and any(g.functional_id != "FA" for g in interchange.groups):
                written += self._put(source, "999", interchange, partial(write_999, alone))
        if "277CA" in self._kinds:
            try:
                for interchange, write in self._claim_answers(source, report):
                    written += self._put(source, "277CA", interchange, write)
            except X12SyntaxError as refused:
                problem(f"{source.title}: no 277CA from here on: {refused.message}")
                status = PROBLEMS
        if not written and status == DONE:
            problem(f"{source.title}: there is nothing in it that such an answer is for")
            status = PROBLEMS
        return status

    def _claim_answers(
        self, source: Source, report: FileReport
    ) -> Iterator[tuple[InterchangeReport, Callable[[Envelope], bytes]]]:
        if not any(each.type.startswith("837") for each in report.transactions):
            return
        claims = read_claims(source.blocks())
        day = self._created.date()
        for interchange, answers in claim_answers(report, claims, received_on=day, marks=STANDARD):
            yield interchange, partial(write_277ca, answers)

    def _put(
        self,
        source: Source,
        kind: str,
        interchange: InterchangeReport,
        write: Callable[[Envelope], bytes],
    ) -> int:
        """Write one answer; how many were written, as one that cannot be is only told."""
        self._control += 1
        envelope = return_envelope(interchange, self._created, self._control)
        try:
            data = write_back(interchange, envelope, write)
        except InputError as refused:
            problem(f"{source.title}: no {kind}: {refused.message}")
            return 0
        if self._folder is None:
            sys.stdout.write(data.decode() + "\n")
        else:
            line(str(write_whole(self._folder, self._name(source, kind), data)))
        return 1

    def _name(self, source: Source, kind: str) -> str:
        """A name from that of the file, plain and not yet used in this run."""
        stem = "input" if source.name == "-" else Path(source.name).stem
        stem = _UNSAFE.sub("-", stem).strip("-")[:_NAME_MAX] or "file"
        name, number = f"{stem}.{kind}.x12", 1
        while name in self._names:
            number += 1
            name = f"{stem}-{number}.{kind}.x12"
        self._names.add(name)
        return name
