"""Runs in a peer's own environment: one task of one package over one file, best of some rounds.

    python -I bench/x12_peer_run.py TASK FILE ROUNDS      prints one line of JSON
    python -I bench/x12_peer_run.py accepts < PATHS       which files pyx12 takes, one object a line

It uses nothing of ours. A task gives the number of things it made, so that one that did nothing
shows; one that raises is a row that says so.
"""

from __future__ import annotations

import gc
import importlib
import io
import json
import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Task = Callable[[], int]


def _openx12(path: str) -> Task:
    package = importlib.import_module("openx12")
    text = Path(path).read_text()
    reader = package.x837p if "837P" in path else package.x837i if "837I" in path else package.x835
    return lambda: len(reader.parse(text).claims)


def _edi_835_parser(path: str) -> Task:
    package = importlib.import_module("edi_835_parser")
    return lambda: sum(len(one.claims) for one in package.parse(path).transaction_sets)


def _lfh_segments(path: str) -> Task:
    io_module = importlib.import_module("linuxforhealth.x12.io")

    def run() -> int:
        with io_module.X12SegmentReader(path) as reader:
            return sum(1 for _ in reader.segments())

    return run


def _lfh_models(path: str) -> Task:
    io_module = importlib.import_module("linuxforhealth.x12.io")

    def run() -> int:
        with io_module.X12ModelReader(path) as reader:
            return sum(1 for _ in reader.models())

    return run


def _x12_python_segments(path: str) -> Task:
    streaming = importlib.import_module("x12.streaming.reader")
    return lambda: sum(1 for _ in streaming.StreamingSegmentReader(Path(path)))


def _x12_python_parser(path: str) -> Task:
    parser = importlib.import_module("x12.core.parser").Parser
    text = Path(path).read_text()
    return lambda: len(parser().parse(text).functional_groups)


def _x12_python_validator(path: str) -> Task:
    validator = importlib.import_module("x12.core.validator").X12Validator
    text = Path(path).read_text()

    def run() -> int:
        if not validator().validate(text).is_valid:
            raise ValueError("does not take the file")
        return 1

    return run


def _x12_edi_tools(path: str) -> Task:
    parser = importlib.import_module("x12_edi_tools.x12_parser").X12Parser
    text = Path(path).read_text()
    return lambda: sum(len(one) for one in parser().parse(text).values())


def _bots(path: str) -> Task:
    package = importlib.import_module("edi_parser")
    kind = "835005010" if "835" in path else "837005010"
    text = Path(path).read_text()

    def run() -> int:
        answer = package.parse_edi(text, "x12", kind, continue_on_error=True)
        if not answer.get("success"):
            raise ValueError("answers success: False")
        return 1

    return run


def _badx12(path: str) -> Task:
    package = importlib.import_module("badx12")
    text = Path(path).read_text()
    return lambda: len(package.Parser().parse_document(text).interchange.groups)


def _pyx12_reader(path: str) -> Task:
    reader = importlib.import_module("pyx12.x12file").X12Reader
    return lambda: sum(1 for _ in reader(path))


def _pyx12_document(text: str) -> tuple[bool, str]:
    """Whether it takes the file, and the 999 it writes. Raises where it has no map."""
    logging.getLogger("pyx12").setLevel(logging.CRITICAL)
    params = importlib.import_module("pyx12.params").params()
    document = importlib.import_module("pyx12.x12n_document")
    answer = io.StringIO()
    took = document.x12n_document(params, io.StringIO(text), answer, None, None)
    return bool(took), answer.getvalue()


def _pyx12(path: str) -> Task:
    text = Path(path).read_text()

    def run() -> int:
        took, _ = _pyx12_document(text)
        if not took:
            raise ValueError("does not take the file")
        return 1

    return run


TASKS: dict[str, Callable[[str], Task]] = {
    "openx12": _openx12,
    "edi-835-parser": _edi_835_parser,
    "lfh-segments": _lfh_segments,
    "lfh-models": _lfh_models,
    "x12-python-segments": _x12_python_segments,
    "x12-python-parser": _x12_python_parser,
    "x12-python-validator": _x12_python_validator,
    "x12-edi-tools": _x12_edi_tools,
    "bots": _bots,
    "badx12": _badx12,
    "pyx12-reader": _pyx12_reader,
    "pyx12": _pyx12,
}


def _peak_mb() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


def measured(task: str, path: str, rounds: int) -> dict[str, Any]:
    """Processor seconds of the best round after import, what it made, and the peak of memory."""
    run = TASKS[task](path)
    best, made = float("inf"), 0
    for _ in range(rounds):
        gc.collect()
        began = time.process_time()
        made = run()
        best = min(best, time.process_time() - began)
    return {"seconds": best, "made": made, "peak_mb": _peak_mb()}


def accepts(path: str) -> bool | None:
    """Whether pyx12 takes the file; None where it cannot say (no map, or it fails)."""
    data = Path(path).read_bytes().lstrip(b"\xef\xbb\xbf \r\n")
    # It has the maps of these guides under the name of an earlier addendum.
    data = data.replace(b"X222A2", b"X222A1").replace(b"X223A3", b"X223A2")
    try:
        return _pyx12_document(data.decode("latin-1").replace("\r", ""))[0]
    except Exception:
        return None


def main() -> None:
    """Run what the command line asks for."""
    if sys.argv[1] == "accepts":
        for line in sys.stdin:
            print(json.dumps({"file": line.strip(), "takes": accepts(line.strip())}))
        return
    task, path, rounds = sys.argv[1:]
    # Packages print and warn; the last line is ours.
    print(json.dumps(measured(task, path, int(rounds))))


if __name__ == "__main__":
    main()
