"""Every row of the tables against the judge: what it takes we take, what it refuses we refuse."""

from __future__ import annotations

import pytest

from core.x12.check import check
from core.x12.guides import Guide, Loop, guides
from core.x12.report import Status
from tests.core.x12.guide_variations import JUDGED, Path, files, variations
from tests.core.x12.pyx12_oracle import verdicts

# Where we differ, and why; nothing else may differ, and each of these must.
KNOWN = (
    # The judge lacks a code that the guide has.
    "837P /BHT 1R=0019 6-0 is 31: we accept",
    "277CA 2220D/STC 1R(1R 3-0 is WQ: we accept",
    # Certificates of medical necessity (PWK02 AB, AD ...) are a row of their own in the guide.
    "837P 2400/PWK 1R=03|04|05|06|0 2-0 is NS: we accept",
    "837P 2400/PWK 1R=03|04|05|06|0 as often as may be: we accept",
    # It is ours to be lenient: one guide has two of these, senders mix them up.
    "837P 2330A/REF 1R=SY as often as may be: we accept",
    "837I 1000A/PER 1R=IC 3-0 is ED: we accept",
    "277CA 2000C/HL 1R 4-0 is 0: we accept",
    "277CA 2000D/HL 1R with all elements: we accept",
    "277CA 2000D/HL 1R 4-0 is 0: we accept",
    "277CA 2200C/STC 1R(1R with all elements: we accept",
    "277CA 2200C/REF 1R=0B|1G|G2|LU|S as often as may be: we accept",
    "277CA 2200D/STC 1R(1R with all elements: we accept",
    "277CA 2220D/STC 1R(1R with all elements: we accept",
    "835 /CUR 1R=PR with all elements: we accept",
    # The group of an adjustment is of an outside list: an error of SNIP 5, which does not reject.
    "835 2100/CAS 1R=CO|OA|PI|PR 1-0 no code of the list: we accept",
    "837I 2320/CAS 1R=CO|CR|OA|PI|P 1-0 no code of the list: we accept",
    "837P 2320/CAS 1R=CO|CR|OA|PI|P 1-0 no code of the list: we accept",
    # Of the later pairs of a PLB it reads no code.
    "835 /PLB 1R 5-1 no code of the list: we refuse",
    # It takes one CTX where the guide takes ten.
    "999 2100/CTX 1R(1R there: we accept",
    "999 2100/CTX 1R(1R as often as may be: we accept",
    "999 2110/CTX 1R(1R there: we accept",
    "999 2110/CTX 1R(1R as often as may be: we accept",
)


def name(guide: Guide, path: Path) -> str:
    """``2300/REF EA``: the loop and row that ``path`` leads to."""
    loop = item = guide.body
    for place in path:
        loop, item = item, item.items[place]
    if isinstance(item, Loop):
        return f"{guide.kind} {item.id}"
    return f"{guide.kind} {loop.id}/{item.id} {item.elements.partition(' ')[0][:16]}"


@pytest.mark.parametrize("kind", sorted(JUDGED))
def test_the_judge_and_we_agree_on_every_row_of_the_guide(kind: str) -> None:
    guide = next(guide for guide in guides() if guide.kind == kind)
    made = [f"{name(guide, path)} {what}" for path, what, _ in variations(guide)]
    ours: list[bool] = []
    theirs: list[bool] = []
    for data in files(guide):
        ours += [report.status is not Status.REJECTED for report in check(data).transactions]
        theirs += verdicts(data)
    assert len(theirs) == len(ours) == len(made)
    differ = [
        f"{what}: {'we refuse' if their else 'we accept'}"
        for what, their, our in zip(made, theirs, ours, strict=True)
        if their != our
    ]
    known = [difference for difference in KNOWN if difference.startswith(f"{kind} ")]
    assert sorted(differ) == sorted(known)
