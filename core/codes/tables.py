"""The tables a check is given: lists by name, and ICD-10-CM where the installation has it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from core.codes.diagnoses import DiagnosisTable
from core.codes.lists import CodeList


class CodeTables(msgspec.Struct, frozen=True, kw_only=True):
    """``lists`` by the name in ``lists.csv``; ``diagnoses`` None: judged by shape."""

    lists: Mapping[str, CodeList]
    diagnoses: DiagnosisTable | None = None
