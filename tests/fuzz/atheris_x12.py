"""Bytes at random against everything that reads X12. To be run by hand, never in the suite.

Atheris is no part of the environment: it goes into one of its own, and so does msgspec.

    python3.11 -m venv .fuzz && .fuzz/bin/pip install atheris msgspec
    PYTHONPATH=. .fuzz/bin/python tests/fuzz/atheris_x12.py CORPUS -max_total_time=600

CORPUS is a folder that may be empty; it begins with the files of ``defect_bases`` and those of
``tests/core/x12/regressions``. What it finds (``crash-...``) belongs into that folder, made small,
with a name that says what it is.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris  # type: ignore[import-not-found]

with atheris.instrument_imports(include=["core"]):
    from tests.core.x12.defect_bases import BASES
    from tests.core.x12.every_reader import read_with_all

REGRESSIONS = Path(__file__).resolve().parents[1] / "core" / "x12" / "regressions"


def _seed(corpus: Path) -> None:
    corpus.mkdir(exist_ok=True)
    for kind, segments in BASES.items():
        (corpus / kind).write_bytes(("~".join(segments) + "~").encode())
    for path in REGRESSIONS.glob("*.x12"):
        (corpus / path.name).write_bytes(path.read_bytes())


def main() -> None:
    """Seed the corpus, then let atheris work until its time is over."""
    folder = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
    if folder:
        _seed(Path(folder))
    atheris.Setup(sys.argv, read_with_all)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
