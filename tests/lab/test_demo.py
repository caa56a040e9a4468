from __future__ import annotations

import re
from pathlib import Path

import pytest

from stanch.lab.compiling import compile_following
from stanch.lab.demo import Shown, run_demo
from stanch.model.errors import InputError


def quietly(done: float, of: float, part: str) -> None:
    """Show nothing."""


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    return run_demo(tmp_path_factory.mktemp("demo"), people=800, days=3, seed=5, progress=quietly)


@pytest.fixture(scope="module")
def page(shown: Shown) -> str:
    return shown.report.read_text(encoding="utf-8")


def test_the_line_finds_most_of_what_was_planted(shown: Shown) -> None:
    measured = shown.content.measure
    planted = sum(typology.planted - typology.prevented for typology in measured.typologies)
    assert planted > 50
    assert sum(typology.found for typology in measured.typologies) > 0.8 * planted


def test_the_victims_money_is_conserved(shown: Shown) -> None:
    for scheme in shown.content.measure.money:
        parts = (scheme.stopped_at_payment, scheme.stopped_later, scheme.stayed, scheme.left)
        assert sum(parts) == scheme.at_risk
        assert min(parts) >= 0


def test_some_money_is_stopped_and_some_is_not(shown: Shown) -> None:
    money = shown.content.measure.money
    stopped = sum(scheme.stopped_at_payment + scheme.stopped_later for scheme in money)
    assert 0 < stopped < sum(scheme.at_risk for scheme in money)


def test_every_event_is_decided_or_was_the_way_of_money_that_was_stopped(shown: Shown) -> None:
    missing = shown.world.events - shown.content.measure.events
    gone = shown.content.measure.closed_loop and missing
    assert 0 <= int(gone) < shown.world.fraud_events


def test_groups_hold_everybody_who_is_innocent(shown: Shown) -> None:
    groups = shown.content.measure.groups
    by_age = sum(group.people for group in groups if group.by == "age")
    assert by_age == sum(group.people for group in groups if group.by == "region")
    assert 0.9 * shown.world.people < by_age < shown.world.people


def test_every_finding_that_matters_has_its_reason_in_two_languages(shown: Shown) -> None:
    assert len(shown.content.matter) >= 10
    assert all(told.en and told.zh for told in shown.content.matter)


def test_the_chain_runs_from_the_leak_to_the_exit(shown: Shown) -> None:
    steps = {link.step for link in shown.content.chain}
    assert {"leak", "card_supply", "account_supply", "contact", "payment", "layering", "exit"} <= steps


def test_the_report_needs_nothing_but_itself(page: str) -> None:
    assert not re.search(r"""(src|href)=["'](?!#)""", page)
    assert "<script" not in page
    assert "@import" not in page
    assert "url(" not in re.sub(r"url\(#[^)]*\)", "", page)


def test_every_picture_says_in_words_what_it_shows(page: str) -> None:
    pictures = re.findall(r"<svg [^>]*>", page)
    assert len(pictures) == 5
    assert all('role="img"' in picture and 'aria-label="' in picture for picture in pictures)


def test_the_report_holds_no_clear_identity(page: str, shown: Shown) -> None:
    assert not re.search(r"(card|account|person|user|device):\S", page)
    assert "+86" not in page


def test_the_same_demo_again_replaces_the_old_one_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(InputError, match="something that is not a demo"):
        run_demo(tmp_path, people=800, days=3, seed=5, progress=quietly)
    assert (tmp_path / "thesis.txt").exists()


def test_what_the_second_process_compiles_can_be_run() -> None:
    compile_following()
