"""275 of release 006020, which the federal rule on attachments names: the data is a BDS."""

from __future__ import annotations

from core.x12.guides import Row
from core.x12.guides.c275 import attachment_guide

GUIDE = attachment_guide("006020X314", data=Row("BDS", "R", 1, "1R=ASC|B64|UUE|ZZZ 2R 3R", "data"))
