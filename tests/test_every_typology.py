"""The contract of every typology: its planted case fires, one step short does not, its innocent twin does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from compiled_line import hits, observed
from naive import naive_condition, naive_feature
from naive_rows import naive_rows
from sql_history import hits_in_history
from stanch.features.definition import Window
from stanch.lab.scenarios.scenario import ClearEvent, load_scenarios
from stanch.store.catalogue_files import load_shipped
from stanch.typologies.definition import Typology, plain_typology, typology_from_plain

CATALOGUE = load_shipped()
SCENARIOS = load_scenarios()
THRESHOLDS = [(typology, name) for typology in CATALOGUE.typologies for name in typology.parameters]

Row = Mapping[str, Any]  # a cell is whatever its column holds: int, str or None
Fired = Callable[[Typology, Sequence[Row]], list[int]]


def fired_slowly(typology: Typology, rows: Sequence[Row]) -> list[int]:
    """Return the positions of the events at which the slow twin finds the typology."""
    places = [at for at, row in enumerate(rows) if row["kind"] == typology.on]
    return [at for at in places if naive_condition(typology.when.tree, rows[at], known(typology, rows, at)) is True]


def fired_compiled(typology: Typology, rows: Sequence[Row]) -> list[int]:
    """Return the same positions by the core's compiled windows and conditions."""
    return hits(CATALOGUE, typology, rows)


def features(typology: Typology, rows: Sequence[Row], at: int) -> dict[str, Any]:
    return {name: naive_feature(rows, at, feature) for name, feature in typology.features.items()}


def known(typology: Typology, rows: Sequence[Row], at: int) -> dict[str, Any]:
    return {**features(typology, rows, at), **typology.parameters}


def short_of(typology: Typology, name: str) -> Typology:
    """Return the typology with one threshold a single unit stricter."""
    step = 1 if name.startswith("min_") else -1
    return replace(typology, parameters={**typology.parameters, name: typology.parameters[name] + step})


def planted(typology: Typology) -> Sequence[Row]:
    return naive_rows(SCENARIOS[typology.id].planted)


def twin(typology: Typology) -> Sequence[ClearEvent]:
    return SCENARIOS[typology.id].twin


def label(value: Typology | str) -> str:
    return value if isinstance(value, str) else value.id


def can_say(fired: Fired, typology: Typology) -> bool:
    """What another room computes no query over events has, and no slow twin of this file."""
    return fired is fired_compiled or typology.in_sql


every_typology = pytest.mark.parametrize("typology", CATALOGUE.typologies, ids=label)
every_threshold = pytest.mark.parametrize(("typology", "name"), THRESHOLDS, ids=label)
WAYS = {"slow twin": fired_slowly, "compiled": fired_compiled, "sql": hits_in_history}
every_way = pytest.mark.parametrize("fired", WAYS.values(), ids=WAYS)
both_ways = pytest.mark.parametrize("fired", [fired_slowly, fired_compiled], ids=["slow twin", "compiled"])


def test_every_typology_has_a_scenario_and_every_scenario_a_typology() -> None:
    assert set(SCENARIOS) == {typology.id for typology in CATALOGUE.typologies}


@every_way
@every_typology
def test_the_planted_case_fires_at_its_last_event_and_not_before(typology: Typology, fired: Fired) -> None:
    rows = planted(typology)
    if can_say(fired, typology):
        assert fired(typology, rows) == [len(rows) - 1]


@both_ways
@every_threshold
def test_a_threshold_is_just_met_and_one_step_short_is_left_alone(typology: Typology, name: str, fired: Fired) -> None:
    if not can_say(fired, typology):
        return
    rows = naive_rows(SCENARIOS[typology.id].case_for(name))
    assert fired(typology, rows) == [len(rows) - 1]
    assert fired(short_of(typology, name), rows) == []


@every_way
@every_typology
def test_the_innocent_twin_is_left_alone(typology: Typology, fired: Fired) -> None:
    assert any(event["kind"] == typology.on for event in twin(typology)), "a twin that never comes near proves nothing"
    if can_say(fired, typology):
        assert fired(typology, naive_rows(twin(typology))) == []


@pytest.mark.parametrize("typology", [t for t in CATALOGUE.typologies if t.in_sql], ids=label)
@pytest.mark.parametrize("batch", [1, 4096])
def test_the_kernel_observes_what_the_slow_twin_observes(typology: Typology, batch: int) -> None:
    for rows in (planted(typology), naive_rows(twin(typology))):
        places = [at for at, row in enumerate(rows) if row["kind"] == typology.on]
        assert observed(CATALOGUE, typology, rows, batch) == [features(typology, rows, at) for at in places]


@every_typology
def test_edges_are_cases_of_thresholds_that_exist(typology: Typology) -> None:
    assert set(SCENARIOS[typology.id].edges) <= set(typology.parameters)


@every_typology
def test_a_typology_survives_the_round_trip_through_plain_data(typology: Typology) -> None:
    assert typology_from_plain(plain_typology(typology), "round trip") == typology


@every_typology
def test_the_reason_of_the_planted_case_is_a_full_sentence_with_its_numbers(typology: Typology) -> None:
    rows = planted(typology)
    told = {**rows[-1], **observed(CATALOGUE, typology, rows, len(rows))[-1], **typology.parameters}
    for language, sentence in typology.reason.items():
        said = sentence.render(told, language, told.get("currency"))
        assert "{" not in said
        assert len(said) > 15
    assert typology.reason["en"].names, "a reason without a number explains nothing"


@every_typology
def test_thresholds_say_in_their_name_which_way_they_bind(typology: Typology) -> None:
    assert all(name.startswith(("min_", "max_")) for name in typology.parameters)


@every_typology
def test_windows_name_the_kinds_they_count(typology: Typology) -> None:
    windows = [feature for feature in typology.features.values() if isinstance(feature, Window)]
    assert all(len(window.kinds) <= 3 for window in windows)


@every_typology
def test_totals_of_money_keep_currencies_apart(typology: Typology) -> None:
    windows = [feature for feature in typology.features.values() if isinstance(feature, Window)]
    totals = [window for window in windows if (window.aggregate, window.column) == ("total", ("amount",))]
    assert all(window.by[1:] == ("currency",) for window in totals)
