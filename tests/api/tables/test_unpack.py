"""Published files as they come: zip, gz, text, workbook; and what is no such file."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from api.tables import unpack
from api.tables.kinds import kind_of
from api.tables.unpack import parts_of
from core.codes.published import TableFileError

MUE = kind_of("mue-practitioner")
TEXT = (
    b"hcpcs_code,mue_units,mue_mai,mue_rationale\n0001U,1,2,Code Descriptor\n99213,1,3,Clinical\n"
)
NAME = "mue-practitioner-2024q3.csv"

SHEET = """<?xml version="1.0" encoding="UTF-8"?>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
<row r="1"><c r="A1" t="inlineStr"><is><t>HCPCS/CPT Code</t></is></c>
<c r="B1" t="inlineStr"><is><t>Practitioner Services MUE Values</t></is></c>
<c r="C1" t="inlineStr"><is><t>MUE Adjudication Indicator</t></is></c></row>
<row r="2"><c r="A2" t="inlineStr"><is><t>0001U</t></is></c><c r="B2"><v>1</v></c>
<c r="C2" t="inlineStr"><is><t>2 Date of Service Edit: Policy</t></is></c></row>
<row r="3">%s<c r="B3"><v>4</v></c>
<c r="C3" t="inlineStr"><is><t>3 Date of Service Edit: Clinical</t></is></c></row>
</sheetData></worksheet>"""
GOOD_CELL = '<c r="A3" t="inlineStr"><is><t>00100</t></is></c>'
NUMBER_CELL = '<c r="A3"><v>100</v></c>'


def zipped(**members: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return target.getvalue()


def workbook(cell: str) -> bytes:
    main = "http://schemas.openxmlformats.org"
    office = f"{main}/officeDocument/2006/relationships"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    members = {
        "[Content_Types].xml": f'<Types xmlns="{main}/package/2006/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/s.xml" ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{main}/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/>'
        "</Relationships>",
        "xl/workbook.xml": f'<workbook xmlns="{main}/spreadsheetml/2006/main" '
        f'xmlns:r="{office}"><sheets><sheet name="MUE" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{main}/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{office}/worksheet" Target="s.xml"/></Relationships>',
        "xl/s.xml": SHEET % cell,
    }
    return zipped(**{name: text.encode() for name, text in members.items()})


def read(folder: Path, name: str, data: bytes) -> tuple[str, int, bytes]:
    path = folder / name
    path.write_bytes(data)
    parts, _ = parts_of([path], MUE)
    reading = MUE.read(list(parts), "")
    return reading.release, reading.rows, reading.data


def test_every_form_of_a_file_gives_the_same_table(tmp_path: Path) -> None:
    plain = read(tmp_path, NAME, TEXT)
    assert plain[:2] == ("2024Q3", 2)
    assert read(tmp_path, f"{NAME}.gz", gzip.compress(TEXT)) == plain
    assert read(tmp_path, "x.zip", zipped(**{NAME: TEXT, "readme.pdf": b"%PDF"})) == plain
    tabbed = TEXT.replace(b",", b"\t")
    assert read(tmp_path, NAME.replace("csv", "txt"), tabbed) == plain


def test_a_workbook_is_read_with_its_codes_as_texts(tmp_path: Path) -> None:
    release, rows, _ = read(tmp_path, "MUE_Practitioner_2024Q3.xlsx", workbook(GOOD_CELL))
    assert (release, rows) == ("2024Q3", 2)


BOMB = zipped(**{NAME: b"0" * (80 << 20)})


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("MUE_Practitioner_2024Q3.xlsx", workbook(NUMBER_CELL), "row 3, column code: .*zeros"),
        (NAME, TEXT.replace(b"0001U", b"1"), "row 2, column code: .*leading zeros"),
        (NAME, b"\xef\xbb\xbf" + TEXT, "row 1, column 1: .*byte order mark"),
        (NAME, TEXT.decode().encode("utf-16"), "byte order mark"),
        (NAME, TEXT.partition(b"\n")[2], "row 2: there is no heading"),
        (NAME, TEXT.replace(b"mue_mai,", b""), "no heading"),
        (NAME, TEXT.replace(b"99213,1,3", b"99213,1"), "row 3: there are 3 cells"),
        (NAME, TEXT.replace(b"99213,1,3", b"99213,one,3"), "row 3, column units"),
        (NAME, TEXT.replace(b"99213,1,3", b"99213,1,4"), "row 3, column indicator"),
        (NAME, TEXT + b"99213,2,3,Clinical\n", "row 4, column code"),
        (NAME, TEXT + b'"' + b"x" * 200_000, "row 4"),
        (NAME, TEXT + b"\0\0\0\0\n", "row 4"),
        (NAME, b"", "empty"),
        (NAME, b"%PDF-1.7", "a PDF"),
        (NAME, b"<!DOCTYPE html><html>", "a web page"),
        (NAME, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file"),
        (f"{NAME}.gz", gzip.compress(TEXT)[:-12], "cut off or damaged"),
        ("x.zip", zipped(**{NAME: TEXT})[:-30], "cut off or damaged"),
        ("x.zip", zipped(**{"readme.pdf": b"%PDF"}), "there is no NCCI MUE practitioner in it"),
        ("x.zip", BOMB, "unpacks to more"),
        ("x.zip", zipped(**{f"{n}.csv": TEXT for n in range(201)}), "unpacks to more"),
        ("mue-outpatient-2024q3.csv", TEXT, "another setting"),
        ("mue-practitioner.csv", TEXT, "--release"),
    ],
    # What lies in a file is no name for a test: a zip has the hour it was made in.
    ids=lambda value: "file" if isinstance(value, bytes) else value,
)
def test_a_damaged_file_is_refused_with_its_place(
    tmp_path: Path, name: str, data: bytes, says: str
) -> None:
    with pytest.raises(TableFileError, match=says) as refused:
        read(tmp_path, name, data)
    assert refused.value.message.startswith(name)


def test_a_file_is_measured_while_it_is_unpacked_whatever_it_says_of_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"{NAME}.gz"
    path.write_bytes(gzip.compress(b"0" * (4 << 20)))
    [part], _ = parts_of([path], MUE)
    assert sum(map(len, part.blocks())) == 4 << 20
    monkeypatch.setattr(unpack, "_UNPACKED_BYTES_MAX", 1 << 20)
    with pytest.raises(TableFileError, match="unpacks to more"):
        list(part.blocks())
