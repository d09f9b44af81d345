"""pyx12 as the judge of what we write: 837P, 837I, 835, 277CA."""

from __future__ import annotations

import io
import json
import logging

import pyx12.params
import pyx12.x12n_document


def faults(data: bytes) -> list[str]:
    """What pyx12 finds wrong with a file, as text; empty when it takes it."""
    logging.getLogger("pyx12").setLevel(logging.CRITICAL)
    found = io.StringIO()
    accepted = pyx12.x12n_document.x12n_document(
        pyx12.params.params(), io.StringIO(data.decode()), io.StringIO(), None, None, found
    )
    faults = []
    for interchange in json.loads(found.getvalue())["interchanges"]:
        for group in interchange["groups"]:
            for transaction in group["transactions"]:
                for segment in transaction["segments"]:
                    errors = list(segment["errors"])
                    for element in segment["elements"]:
                        errors += element["errors"]
                    faults += [
                        f"{segment['seg_id']} {segment['cur_line']}: {error['err_str']}"
                        for error in errors
                    ]
    return faults or ([] if accepted else ["not accepted, no reason given"])
