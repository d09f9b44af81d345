"""The published prices under the outpatient cap are the judge: every row, to the cent."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from api.tables.unpack import parts_of
from core.codes.mpfs_caps import CAPS, CapTable
from core.codes.mpfs_places import LOCALITIES, ZIP_CODES, LocalityTable, ZipTable
from core.codes.mpfs_rvu import RELATIVE_VALUES, RelativeValueTable
from core.codes.published import Kind, Loaded
from core.money import cents
from core.pricing.factors import conversion_factors, medicare_shares
from core.pricing.medicare import MedicareSchedule
from core.pricing.medicare_rules import price_services
from core.pricing.services import Service
from tests.core.pricing.medicare_world import loaded, own_table

pytestmark = pytest.mark.shared
DAY = date(2025, 11, 3)


def read(folder: Path, kind: Kind, name: str, release: str = "") -> Loaded:
    parts, _ = parts_of([folder / name], kind, lambda _: None)
    return loaded(kind.read(parts, release))


@pytest.fixture(scope="module")
def folder(shared: Path) -> Path:
    return shared / "data" / "mpfs"


@pytest.fixture(scope="module")
def schedule(folder: Path) -> MedicareSchedule:
    """Without the published prices themselves: each is computed."""
    return MedicareSchedule(
        factors=own_table("conversion_factors", conversion_factors),
        shares=own_table("medicare_shares", medicare_shares),
        values=RelativeValueTable([read(folder, RELATIVE_VALUES, "PPRRVU2025_Oct.csv")]),
        localities=LocalityTable([read(folder, LOCALITIES, "GPCI2025.csv")]),
        zip_codes=ZipTable([read(folder, ZIP_CODES, "ZIP5_OCT2025.txt.gz")]),
    )


def test_every_published_price_under_the_cap_is_computed_to_the_cent(
    folder: Path, schedule: MedicareSchedule
) -> None:
    with (folder / "OPPSCAP_Oct.half.csv").open(newline="") as file:
        rows = [row for row in csv.reader(file) if any(row)][1:]
    wrong = []
    for code, component, _, contractor, locality, inside, outside in rows:
        for facility, published in ((True, inside), (False, outside)):
            [found] = price_services(
                [
                    Service(
                        code=code,
                        modifiers=(component.strip(),) if component.strip() else (),
                        day=DAY,
                        locality=f"{contractor}-{locality}",
                        facility=facility,
                    )
                ],
                schedule,
            )
            if found.allowed_cents != cents(published):
                wrong.append((code, component, contractor, locality, facility))
    assert len(rows) > 8_000
    assert wrong == []


def test_the_published_text_says_the_same_as_the_published_csv(
    folder: Path, schedule: MedicareSchedule
) -> None:
    sample = RelativeValueTable([read(folder, RELATIVE_VALUES, "PPRRVU2025_Oct.sample.txt")])
    assert schedule.values is not None
    lines = (folder / "PPRRVU2025_Oct.sample.txt").read_text("latin-1").splitlines()
    keys = [(line[:5], line[5:7].strip()) for line in lines if line[:3] not in ("HDR", "", "\x1a")]
    assert len(keys) > 500
    for code, component in keys:
        expected = schedule.values.find(code, component, DAY)
        assert expected is not None
        assert sample.find(code, component, DAY) == expected
    places = LocalityTable([read(folder, LOCALITIES, "GPCI2025.txt")])
    assert schedule.localities is not None
    for contractor, number in (("04412", "09"), ("02102", "01"), ("01112", "17")):
        assert places.find(contractor, number, DAY) == schedule.localities.find(
            contractor, number, DAY
        )


def test_the_published_caps_are_what_is_computed(folder: Path, schedule: MedicareSchedule) -> None:
    table = CapTable([read(folder, CAPS, "OPPSCAP_Oct.half.csv", "2025Q4")])
    with_table = MedicareSchedule(
        factors=schedule.factors,
        shares=schedule.shares,
        values=schedule.values,
        localities=schedule.localities,
        caps=table,
    )
    asked = Service(code="0633T", modifiers=("TC",), day=DAY, locality="01112-05")
    [computed], [looked_up] = (price_services([asked], one) for one in (schedule, with_table))
    assert computed.allowed_cents == looked_up.allowed_cents == 15_069
    assert str(looked_up.steps[-1].row) == "OPPS cap 2025Q4 0633T TC 01112-05"
