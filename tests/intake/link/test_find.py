"""Who is who in a file: bound, proposed, or left alone; and files that are not what they should be."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from stanch.engine.opening import open_home
from stanch.engine.replay import replay
from stanch.intake.link.cluster import join, percent
from stanch.intake.link.find import LinkReport, bound_events, find_links
from stanch.intake.link.levels import load_levels
from stanch.intake.link.mapping import parse_link_map
from stanch.intake.link.records import read_records
from stanch.intake.link.score import Scored, score
from stanch.model.errors import ConfigError, InputError
from stanch.model.kinds import SURE
from stanch.store.keys import make_keys

MAP = parse_link_map(
    "columns: {id: id, name: name, birth_date: born, document: document, phone: phone}\nsource: desk", "people.yaml"
)
AT = "2026-03-02T10:00:00+08:00"
ZHANG = {"id": "1", "name": "张伟", "born": "1980-05-04", "document": "E12345678", "phone": "13800000001"}
LATIN = {"id": "2", "name": "Wei Zhang", "born": "1980/5/4", "document": "E12345678", "phone": ""}
OTHER = {"id": "3", "name": "李娜", "born": "1991-11-30", "document": "E87654321", "phone": "13900000002"}
RESIDENTS = ("11010519491231002X", "440524188001010014")


def file(folder: Path, rows: list[dict[str, str]], name: str = "people.csv") -> Path:
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(ZHANG))
        writer.writeheader()
        writer.writerows(rows)
    return path


def found(folder: Path, *rows: dict[str, str]) -> LinkReport:
    return find_links([file(folder, list(rows))], MAP)


def test_one_person_in_two_scripts_with_one_document_is_bound_and_another_is_left_alone(tmp_path: Path) -> None:
    report = found(tmp_path, ZHANG, LATIN, OTHER)
    (link,) = report.links
    assert (link.src, link.dst, link.bound, link.decided) == ("person:1", "person:2", True, "same document")
    assert report.clusters == (("person:1", "person:2"),)
    assert link.confidence >= SURE / 100


def test_namesakes_are_nobodys_relatives(tmp_path: Path) -> None:
    namesake = {"id": "2", "name": "张伟", "born": "1962-08-09", "document": "E55555555", "phone": "13800009999"}
    assert found(tmp_path, ZHANG, namesake).clusters == ()


def test_a_name_alone_proposes_at_most(tmp_path: Path) -> None:
    rows = [{**ZHANG, "id": str(n), "born": "", "document": "", "phone": ""} for n in range(3)]
    assert not any(link.bound for link in found(tmp_path, *rows).links)


def test_two_valid_documents_are_left_to_a_person(tmp_path: Path) -> None:
    one, two = ({**ZHANG, "id": str(n), "document": number} for n, number in enumerate(RESIDENTS))
    (link,) = found(tmp_path, one, two).links
    assert (link.bound, link.decided) == (False, "another valid document")


def test_the_old_number_and_the_new_one_are_one_document(tmp_path: Path) -> None:
    old, new = (
        {**ZHANG, "id": str(n), "document": number} for n, number in enumerate(("110105491231002", RESIDENTS[0]))
    )
    assert found(tmp_path, old, new).links[0].decided == "same document"


def test_one_record_and_no_record_link_nothing(tmp_path: Path) -> None:
    assert found(tmp_path, ZHANG).links == ()
    assert found(tmp_path).records == 0


def test_rows_of_one_id_are_one_from_the_start(tmp_path: Path) -> None:
    report = found(
        tmp_path, ZHANG, {**OTHER, "id": "1"}, {**LATIN, "document": "E87654321", "name": "Li Na", "born": "1991-11-30"}
    )
    assert report.clusters == (("person:1", "person:2"),)
    assert len(report.links) == 1


def test_records_that_are_all_equal_are_all_one(tmp_path: Path) -> None:
    report = found(tmp_path, *({**ZHANG, "id": str(n)} for n in range(120)))
    assert [len(group) for group in report.clusters] == [120]
    assert len(report.links) == 119


def test_empty_cells_say_nothing_and_rows_without_an_id_are_counted(tmp_path: Path) -> None:
    empty = {"id": "4", "name": "", "born": "-", "document": "NULL", "phone": ""}
    report = found(tmp_path, ZHANG, empty, {**OTHER, "id": ""}, {**empty, "id": "5"})
    assert (report.rows, report.records, report.without_id, report.links) == (4, 3, 1, ())


def test_what_cannot_be_read_is_counted_and_named_by_its_row_only(tmp_path: Path) -> None:
    report = found(tmp_path, ZHANG, {**OTHER, "born": "soon", "phone": "none of yours"})
    assert report.unread == {"birth_date": 1, "phone": 1}
    assert "soon" not in str(report.problems)


def test_a_file_without_a_column_of_the_mapping_is_refused_with_its_columns(tmp_path: Path) -> None:
    mapping = replace(MAP, columns={**MAP.columns, "email": "mail"})
    with pytest.raises(InputError, match="no column 'mail'; the file has id, name"):
        find_links([file(tmp_path, [ZHANG])], mapping)
    with pytest.raises(InputError, match="no such file"):
        find_links([tmp_path / "nowhere.csv"], MAP)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("columns: {id: id}", "at least one column to compare"),
        ("columns: {id: id, nickname: n}", "unknown role"),
        ("columns: {id: id, given_name: g}", "given_name and family_name together"),
        ("columns: {id: id, name: n}\nentity: card", "unknown entity 'card'"),
        ("columns: {id: id, name: n}\npropose_from: 0.95", "at most 0.9"),
        ("columns: {id: id, name: n}\nrecall: 0", "recall"),
        ("columns: [id]", "keys of a mapping"),
    ],
)
def test_a_wrong_mapping_is_refused_with_what_to_write(text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        parse_link_map(text, "people.yaml")


def test_the_same_files_give_the_same_events_and_a_proposal_teaches_nothing(tmp_path: Path) -> None:
    weak = {**ZHANG, "id": "7", "document": "", "phone": "13800000099", "name": "张伟明"}
    reports = [found(tmp_path, ZHANG, LATIN, weak, OTHER) for _ in range(2)]
    events = [bound_events(each, MAP, AT) for each in reports]
    assert events[0] == events[1]
    numbers = {e["detail"]: e["number"] for e in map(msgspec.json.decode, events[0])}
    assert SURE <= numbers["linked"] < 100
    assert numbers.get("proposed", 0) < SURE


def test_only_a_person_makes_a_binding_of_a_proposal_and_stands_by_name_in_it(tmp_path: Path) -> None:
    one, two = ({**ZHANG, "id": str(n), "document": number} for n, number in enumerate(RESIDENTS))
    report = found(tmp_path, one, two)
    (event,) = map(msgspec.json.decode, bound_events(report, MAP, AT, [report.links[0].id], "employee:bank/E7"))
    assert (event["number"], event["detail"]) == (100, "said_by_a_person")
    assert msgspec.json.decode(event["attrs"])["by"] == "employee:bank/E7"
    with pytest.raises(InputError, match="no proposal 'x'"):
        bound_events(report, MAP, AT, ["x"], "employee:bank/E7")


def test_the_line_takes_the_events_in(tmp_path: Path) -> None:
    path = tmp_path / "bound.ndjson"
    path.write_bytes(b"\n".join(bound_events(found(tmp_path, ZHANG, LATIN), MAP, AT)) + b"\n")
    make_keys(tmp_path / "keys.json")
    with open_home(tmp_path / "home", keys=tmp_path / "keys.json") as home:
        summary = replay(home, [path])
    assert (summary.decided, summary.quarantined) == (1, 0)


def test_companies_are_compared_without_their_legal_form(tmp_path: Path) -> None:
    mapping = parse_link_map("entity: company\ncolumns: {id: id, name: name, phone: phone}", "companies.yaml")
    rows = [
        {**ZHANG, "id": "A", "name": "北京希望科技有限公司"},
        {**ZHANG, "id": "B", "name": "北京希望科技股份有限公司"},
        {**OTHER, "id": "C", "name": "Far Away Trading Ltd"},
    ]
    report = find_links([file(tmp_path, rows)], mapping)
    assert report.clusters == (("company:A", "company:B"),)


def pair(left: int, right: int, confidence: float = 0.99, proven: bool = True) -> Scored:
    return Scored(left, right, confidence, (), proven)


def test_one_pair_does_not_join_two_groups_whose_others_are_not_alike() -> None:
    inside = [pair(0, 1), pair(0, 2), pair(1, 2), pair(3, 4), pair(3, 5), pair(4, 5)]
    joined = join("abcdef", {}, [*inside, pair(2, 3, 0.95)])
    assert joined.groups == ((0, 1, 2), (3, 4, 5))
    assert len(joined.proposals) == 1
    assert join("abcdef", {}, [*inside, *(pair(a, b, 0.95) for a in range(3) for b in range(3, 6))]).groups == (
        (0, 1, 2, 3, 4, 5),
    )


def test_a_confidence_is_never_told_higher_than_it_is() -> None:
    assert [percent(each) for each in (0.8999, 0.9, 0.999999999, 1.0)] == [89, 90, 99, 99]


def test_the_shares_of_all_levels_add_up_and_names_prove_nothing() -> None:
    levels = load_levels()
    assert not any(level.proof for name in ("name", "names", "city") for level in levels[name].levels)


def test_a_block_that_everybody_shares_is_left_out_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = read_records([file(tmp_path, [{**ZHANG, "id": str(n), "document": f"E{n:08}"} for n in range(40)])], MAP)
    monkeypatch.setattr("stanch.intake.link.score.ALL_PAIRS", 10)
    monkeypatch.setattr("stanch.intake.link.score.MOST_PAIRS", 500)
    scores = score(records.table(), 0.3, 0.5)
    assert not scores.every_pair
    assert "phone" in scores.left_out
