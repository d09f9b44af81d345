"""What a refraction found, by eye."""

from __future__ import annotations

from datetime import date

import msgspec

from plugins import RecordType


class Eye(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The correction of one eye. Powers are hundredths of a diopter (-125 is -1.25).

    ``axis_degrees`` is 1 to 180 where there is a cylinder. ``prism_hundredths`` are hundredths of
    a prism diopter, ``prism_base`` up, down, in or out. ``lens_surgery_on`` is the day of cataract
    surgery with an intraocular lens; None: there was none, or nobody wrote it down.
    """

    sphere_hundredths: int
    cylinder_hundredths: int = 0
    axis_degrees: int | None = None
    add_hundredths: int = 0
    prism_hundredths: int = 0
    prism_base: str = ""
    lens_surgery_on: date | None = None


class Refraction(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A refraction; an eye that was not refracted is None. ``lens`` is what was ordered:
    single, bifocal or trifocal; empty where nothing was.
    """

    right: Eye | None = None
    left: Eye | None = None
    lens: str = ""


REFRACTION = RecordType(
    id="vision.refraction",
    title="Refraction",
    source="what a spectacle prescription states, by eye",
    type=Refraction,
)

RECORDS = (REFRACTION,)
