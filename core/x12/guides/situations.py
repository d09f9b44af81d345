"""Which rows of situations a guide has. A further guide is one more line here."""

from __future__ import annotations

from core.x12.guides.situations_835 import SITUATIONS_835
from core.x12.guides.situations_837 import (
    SITUATIONS_837D,
    SITUATIONS_837I,
    SITUATIONS_837P,
)
from core.x12.guides.situations_answers import SITUATIONS_277CA, SITUATIONS_999
from core.x12.guides.situations_inquiries import (
    SITUATIONS_270,
    SITUATIONS_271,
    SITUATIONS_276,
    SITUATIONS_277,
)
from core.x12.guides.situations_reviews import SITUATIONS_275, SITUATIONS_278
from core.x12.situation_notation import Situation

SITUATIONS: dict[str, tuple[Situation, ...]] = {
    "837P": SITUATIONS_837P,
    "837I": SITUATIONS_837I,
    "837D": SITUATIONS_837D,
    "835": SITUATIONS_835,
    "277CA": SITUATIONS_277CA,
    "999": SITUATIONS_999,
    "270": SITUATIONS_270,
    "271": SITUATIONS_271,
    "276": SITUATIONS_276,
    "277": SITUATIONS_277,
    "278": SITUATIONS_278,
    "275": SITUATIONS_275,
}
