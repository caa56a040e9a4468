from __future__ import annotations

from pathlib import Path

import pytest

from stanch.lab.world import load_parameters, make_world
from stanch.lab.world.measure import CardMedians, card_medians

PEOPLE, DAYS = 4000, 7
SCALE = DAYS / 30.4


@pytest.fixture(scope="module")
def medians(tmp_path_factory: pytest.TempPathFactory) -> dict[str, CardMedians]:
    out = tmp_path_factory.mktemp("calibrated")
    made = make_world(load_parameters("start"), 11, PEOPLE, DAYS, out)
    assert made.events > 300_000
    return card_medians(out)


def test_ordinary_cards_call_as_the_figures_say(medians: dict[str, CardMedians]) -> None:
    ordinary = medians["ordinary"]
    assert ordinary.contacts == pytest.approx(61 * SCALE, rel=0.2)
    assert ordinary.calls_per_contact == pytest.approx(6.76, rel=0.2)
    assert ordinary.megabytes == pytest.approx(7621 * SCALE, rel=0.2)
    assert (ordinary.days, ordinary.devices) == (DAYS, 1)


def test_fraud_cards_call_as_the_figures_say(medians: dict[str, CardMedians]) -> None:
    # a fraud card is burnt within days, so what it does in its life is not scaled to the days of the world
    caller = medians["caller"]
    assert caller.contacts == pytest.approx(138, rel=0.25)
    assert caller.calls_per_contact == pytest.approx(1.24, rel=0.1)
    assert caller.megabytes == pytest.approx(25, rel=0.6)
    assert caller.days <= 2
    assert caller.devices == 2


def test_fraud_is_rare(tmp_path: Path) -> None:
    made = make_world(load_parameters("start"), 5, 10_800, 7, tmp_path)  # as many people as one gang stands for
    assert made.fraud_events <= 0.006 * made.events
