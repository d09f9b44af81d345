"""What a practice says about itself."""

from __future__ import annotations

from typing import Annotated

import msgspec

_Months = Annotated[int, msgspec.Meta(ge=1, le=120)]


class VisionSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``vision_plans`` are payer ids of plans that pay for routine eye care: an examination each
    ``exam_months`` months and a frame each ``frame_months``.

    ``demonstration_fees`` switches on the invented fees; a real practice has a charge master.
    """

    vision_plans: tuple[str, ...] = ()
    exam_months: _Months = 12
    frame_months: _Months = 24
    demonstration_fees: bool = False
