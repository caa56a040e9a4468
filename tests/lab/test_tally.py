from __future__ import annotations

from typing import Final

import pytest

from stanch.lab.tally import load_mechanisms, tally, tally_page
from stanch.store.catalogue_files import load_shipped
from stanch.typologies.joined import is_joined, sectors_of

#: The least that the shipped catalogue has, by sector: raise a number when a sector grows, never lower it.
LEAST: Final = {"telecom": 28, "finance": 53, "internet": 20, "data": 10}
LEAST_IN_ALL: Final = 111
LEAST_JOINED: Final = 22

CATALOGUE = load_shipped()


@pytest.mark.parametrize("sector", LEAST)
def test_every_sector_has_its_typologies(sector: str) -> None:
    assert tally(CATALOGUE).sectors[sector] >= LEAST[sector]


def test_the_catalogue_is_large_enough_and_joins_sectors() -> None:
    counted = tally(CATALOGUE)
    assert counted.total >= LEAST_IN_ALL
    assert len(counted.joined) >= LEAST_JOINED
    assert counted.total == sum(counted.sectors.values())


@pytest.mark.parametrize(
    ("typology", "sectors"),
    [
        ("finance.call_in_progress_payee", ("telecom", "finance")),
        ("finance.viewed_called_paid", ("telecom", "finance", "data")),
        ("finance.recycled_number_login", ("telecom", "finance")),
        ("internet.born_together", ("telecom", "finance", "internet")),
        ("finance.fan_in", ("finance",)),
    ],
)
def test_a_typology_rests_on_the_sectors_whose_events_it_counts(typology: str, sectors: tuple[str, ...]) -> None:
    assert sectors_of(CATALOGUE.get(typology)) == sectors


def test_who_holds_what_and_what_was_reported_joins_no_sectors() -> None:
    assert not is_joined(CATALOGUE.get("finance.reported_payee"))
    assert not is_joined(CATALOGUE.get("finance.fan_out"))


def test_every_family_that_a_mechanism_names_exists() -> None:
    families = {typology.family for typology in CATALOGUE.typologies}
    assert {family for mechanism in load_mechanisms() for family in mechanism.families} <= families


def test_the_page_lists_every_typology_at_least_once() -> None:
    page = tally_page(CATALOGUE, load_mechanisms())
    assert all(f"[{typology.id}](" in page for typology in CATALOGUE.typologies)
