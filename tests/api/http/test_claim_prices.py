"""The page of expected amounts: what the payer allowed beside them, and each step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from html import unescape

from api.price_lists import load_contract, withdraw_contract
from core.pricing.contracts import Agreement
from core.pricing.price_files import read_terms
from tests.api.http import pages_world as world
from tests.api.http.pages_claims import PAYER
from tests.api.http.visitors import Visitor

Visit = Callable[[str], Visitor]
ONE = world.PRACTICES[0]


def prices(name: str) -> str:
    return f"/practices/{ONE.slug}/claims/{world.seed(ONE, name)}/prices"


def test_the_amounts_stand_beside_what_the_payer_allowed_and_each_step_names_its_row(
    visit: Visit,
) -> None:
    terms = read_terms(["code,form,percent,of", "*,percent,62.5,charge"])
    given = Agreement(
        name="Harbor 2020", payer_ids=(PAYER.payer_id,), first=date(2020, 1, 1), terms=terms
    )
    runtime = world.runtime()
    load_contract(runtime, ONE.tenant_id, given)
    try:
        page = visit("biller").get(prices("paid"))
    finally:
        withdraw_contract(runtime, ONE.tenant_id, given.name)
    assert page.status_code == 200
    for shown in (
        "contract Harbor 2020 2020-01-01 row 2 62.5 % of charge",
        "the charge",
        "$142.10",
        "$115.63",
    ):
        assert shown in page.text, shown


def test_without_a_contract_the_page_says_so(visit: Visit) -> None:
    page = visit("poster").get(prices("dental")).text
    assert "No contract and no fee schedule says what this payer allows" in page
    claim = prices("dental").removesuffix("/prices")
    assert f'href="{prices("dental")}"' in unescape(visit("poster").get(claim).text)
