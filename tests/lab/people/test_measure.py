"""Who is who, on made-up people and on the shared file of people with duplicates."""

from __future__ import annotations

import csv
from itertools import combinations
from pathlib import Path

import pytest

from stanch.intake.link.find import find_links
from stanch.intake.link.mapping import LinkMap, parse_link_map
from stanch.lab.people.made import Errors, Plan, made_records, write_records
from stanch.lab.people.measure import HALVES, Joining, bound_pairs, half_of, measure_people

MADE = parse_link_map(
    "columns: {id: id, name: name, birth_date: born, document: document, phone: phone, email: email, city: city}",
    "made",
)
SHARED = Path(__file__).parents[4] / "shared" / "data"
PEOPLE = parse_link_map(
    "columns: {id: unique_id, given_name: first_name, family_name: surname, birth_date: dob, city: city, email: email}",
    "people",
)


def by_way(path: Path, mapping: LinkMap, truth: dict[str, str]) -> dict[str, Joining]:
    return {each.way: each for each in measure_people(path, mapping, truth).ways}


def test_the_same_seed_gives_the_same_people_and_another_one_others() -> None:
    assert made_records(Plan(20), 3) == made_records(Plan(20), 3) != made_records(Plan(20), 4)


def test_records_without_errors_are_joined_whole(tmp_path: Path) -> None:
    rows = made_records(Plan(60, errors=Errors(0, 0, 0, 0, 0)), 5)
    truth = {f"person:{row['id']}": row["truth"] for row in rows}
    bound = by_way(write_records(tmp_path / "made.csv", rows), MADE, truth)["bound"]
    assert (bound.precision, bound.recall, bound.exact) == (1.0, 1.0, 60)


@pytest.mark.parametrize("seed", [1, 2])
def test_made_up_people_are_told_better_than_by_name_and_birth_date(tmp_path: Path, seed: int) -> None:
    rows = made_records(Plan(), seed)
    truth = {f"person:{row['id']}": row["truth"] for row in rows}
    ways = by_way(write_records(tmp_path / "made.csv", rows), MADE, truth)
    bound, plain = ways["bound"], ways["same name and birth date"]
    assert bound.precision is not None
    assert bound.f1 is not None
    assert bound.precision >= 0.99
    assert bound.f1 > (plain.f1 or 0)


def halves(folder: Path) -> dict[str, tuple[Path, dict[str, str]]]:
    """Two files, each with the records of half of the people, and the truth beside them."""
    if not (SHARED / "people_with_duplicates.csv").exists():
        pytest.skip("people_with_duplicates.csv is not beside the project")
    with (SHARED / "people_with_duplicates.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = {}
    for half in HALVES:
        mine = [row for row in rows if half_of(row["cluster"]) == half]
        path = write_records(folder / f"{half}.csv", mine, tuple(rows[0]))
        found[half] = (path, {f"person:{row['unique_id']}": row["cluster"] for row in mine})
    return found


@pytest.mark.data
def test_people_are_joined_on_the_half_that_nothing_was_chosen_on(tmp_path: Path) -> None:
    path, truth = halves(tmp_path)["test"]
    ways = by_way(path, PEOPLE, truth)
    bound, plain = ways["bound"], ways["same name and birth date"]
    assert None not in (bound.precision, bound.f1, plain.f1)
    assert (bound.precision or 0) >= 0.99
    assert (bound.f1 or 0) > 5 * (plain.f1 or 0)
    assert (bound.cluster_f1 or 0) > 2 * (plain.cluster_f1 or 0)


@pytest.mark.data
def test_no_pair_that_people_judged_to_be_two_is_bound(tmp_path: Path) -> None:
    path, truth = halves(tmp_path)["test"]
    with (SHARED / "people_with_duplicates_labels.csv").open(encoding="utf-8", newline="") as file:
        labels = list(csv.DictReader(file))
    ours = [each for each in labels if {f"person:{each[f'unique_id_{side}']}" for side in "lr"} <= truth.keys()]
    bound = {frozenset(pair) for pair in bound_pairs(find_links([path], PEOPLE))}
    apart = [each for each in ours if float(each["clerical_match_score"]) == 0]
    wrong = [each for each in apart if frozenset(f"person:{each[f'unique_id_{side}']}" for side in "lr") in bound]
    assert apart
    assert len(wrong) <= len(apart) // 100


def test_pairs_are_counted_as_a_naive_count_counts_them(tmp_path: Path) -> None:
    rows = made_records(Plan(40), 9)
    truth = {f"person:{row['id']}": row["truth"] for row in rows}
    path = write_records(tmp_path / "made.csv", rows)
    bound = by_way(path, MADE, truth)["bound"]
    said = {frozenset(pair) for pair in bound_pairs(find_links([path], MADE))}
    true = {frozenset(pair) for pair in combinations(truth, 2) if truth[pair[0]] == truth[pair[1]]}
    assert (bound.pairs, bound.right) == (len(said), len(said & true))
