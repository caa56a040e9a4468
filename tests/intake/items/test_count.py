"""Claims about counting items of personal information in tables; all identifiers are made up."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import luhn

from stanch.intake.items.cells import read_cell
from stanch.intake.items.columns import use_of
from stanch.intake.items.count import ItemCount, count_files
from stanch.intake.persons import resident_check
from stanch.law.items import Items
from stanch.model.errors import InputError


def resident(n: int) -> str:
    seventeen = f"110101{1960 + n % 40}0{1 + n % 9}{10 + n % 18}{n % 1000:03}"
    return seventeen + resident_check(seventeen)


def wrong(number: str) -> str:
    """Return a resident id with another check digit."""
    return number[:17] + str((int(number[17]) + 1) % 10 if number[17] != "X" else 1)


def card(n: int) -> str:
    bare = f"622200{n:09}"
    return f"{bare}{luhn.calc_check_digit(bare)}"


def phone(n: int) -> str:
    return f"138{n:08}"


def write(path: Path, *rows: str, header: str, encoding: str = "utf-8") -> Path:
    path.write_bytes("\n".join((header, *rows, "")).encode(encoding))
    return path


def items(counted: ItemCount, of: str) -> tuple[int, int, int]:
    found: Items = counted.items[of]
    return found.verified, found.inferred, found.unread


def test_the_same_person_in_two_files_and_spellings_is_one_item(tmp_path: Path) -> None:
    one = write(tmp_path / "a.csv", *(f"张三,{phone(n)}" for n in range(30)), header="姓名,手机号")
    rows = [f"+86 138-{n // 10000:04}-{n % 10000:04}" for n in range(20, 40)]
    counted = count_files([one, write(tmp_path / "b.csv", *rows, header="phone")])
    assert items(counted, "other") == (40, 0, 0)
    assert counted.repeated == 10


def test_phone_and_resident_id_of_one_row_are_one_persons_wherever_they_stand_alone(tmp_path: Path) -> None:
    both = write(tmp_path / "a.csv", *(f"{resident(n)},{phone(n)}" for n in range(10)), header="身份证号,电话")
    alone = write(tmp_path / "b.csv", *(phone(n) for n in range(10)), header="电话")
    assert items(count_files([both, alone]), "other") == (10, 10, 0)  # at least ten, at most twenty


def test_a_family_that_shares_a_phone_are_as_many_persons_as_resident_ids(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", *(f"{resident(n)},{phone(0)}" for n in range(4)), header="身份证号,电话")
    alone = write(tmp_path / "b.csv", phone(0), header="电话")
    assert items(count_files([path, alone]), "other") == (4, 1, 0)


def test_a_wrong_check_digit_makes_an_item_inferred_never_verified(tmp_path: Path) -> None:
    ids = [resident(n) for n in range(8)] + [wrong(resident(n)) for n in range(8, 12)]
    assert items(count_files([write(tmp_path / "a.csv", *ids, header="身份证")]), "other") == (8, 4, 0)


def test_cards_and_balances_are_property_and_names_beside_them_no_item_of_their_own(tmp_path: Path) -> None:
    rows = [f"李四,{card(n)},{n * 100}" for n in range(12)]
    counted = count_files([write(tmp_path / "a.csv", *rows, header="name,bank_card,balance")])
    assert (items(counted, "property"), items(counted, "other")) == ((12, 0, 0), (0, 0, 0))


def test_each_class_of_a_row_is_counted(tmp_path: Path) -> None:
    rows = [f"{phone(n)},如家 {n},高血压" for n in range(5)]
    counted = count_files([write(tmp_path / "a.csv", *rows, header="手机,入住酒店,诊断")])
    assert {of: found.verified for of, found in counted.items.items() if found.most} == {"lodging": 5, "health": 5}


def test_a_file_in_gb18030_and_one_in_utf8_hold_the_same_items(tmp_path: Path) -> None:
    rows = [f"王五{n},{resident(n)}" for n in range(9)]
    one = write(tmp_path / "a.csv", *rows, header="姓名,身份证号")
    other = write(tmp_path / "b.csv", *rows, header="姓名,身份证号", encoding="gb18030")
    counted = count_files([one, other])
    assert items(counted, "other") == (9, 0, 0)


def test_lines_in_two_encodings_in_one_file_are_all_read(tmp_path: Path) -> None:
    lines = [f"赵六{n},{phone(n)}".encode("gb18030" if n % 2 else "utf-8") for n in range(6)]
    path = tmp_path / "a.csv"
    path.write_bytes(b"\n".join(["姓名,手机".encode(), *lines]))
    assert items(count_files([path]), "other") == (6, 0, 0)


def test_broken_rows_are_counted_as_unread_with_their_place_and_lose_nothing_else(tmp_path: Path) -> None:
    rows = [f"甲,{phone(n)}" for n in range(6)]
    rows[2], rows[4] = "甲,13800000002,too,many", f'"never closed,{phone(4)}'
    counted = count_files([write(tmp_path / "a.csv", *rows, header="姓名,手机")])
    (file,) = counted.files
    assert items(counted, "other") == (4, 0, 2)
    assert (file.rows, file.broken, [problem.row for problem in file.problems]) == (6, 2, [3, 5])


def test_a_column_that_nobody_understands_may_hold_anything(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", *(f"{phone(n)},x{n}" for n in range(7)), header="手机,zz")
    counted = count_files([path])
    assert items(counted, "property") == (0, 0, 7)
    assert counted.files[0].not_understood == ("zz",)
    assert items(count_files([path], {"zz": "none"}), "property") == (0, 0, 0)
    assert items(count_files([path], {"zz": "track"}), "track") == (7, 0, 0)


def test_rows_that_point_to_nobody_are_told_and_not_counted_as_items(tmp_path: Path) -> None:
    counted = count_files([write(tmp_path / "a.csv", "高血压", "糖尿病", header="诊断")])
    assert items(counted, "health") == (0, 0, 2)
    assert counted.files[0].without_person == 2


def test_an_empty_file_holds_nothing_and_one_that_is_no_table_is_named(tmp_path: Path) -> None:
    empty, torn = tmp_path / "empty.csv", tmp_path / "torn.parquet"
    empty.write_bytes(b"")
    torn.write_bytes(b"PAR1 and no more")
    counted = count_files([empty, torn, write(tmp_path / "a.csv", phone(1), header="手机")])
    assert [bool(file.error) for file in counted.files] == [False, True, False]
    assert (items(counted, "other"), counted.whole) == ((1, 0, 0), False)


def test_a_cell_of_a_million_characters_is_one_item_and_stops_nothing(tmp_path: Path) -> None:
    rows = [f"{phone(n)},{'话' * (1_000_000 if n == 1 else 3)}" for n in range(3)]
    assert items(count_files([write(tmp_path / "a.csv", *rows, header="手机,聊天记录")]), "content") == (3, 0, 0)


def test_parquet_is_counted_like_csv_whatever_type_its_columns_have(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = {
        "msisdn": [int(phone(n)) for n in range(4)],
        "latitude": [30.1, None, 30.3, 30.1],
        "tags": [["a"], None, [], []],
    }
    pq.write_table(pa.table(table), path)
    counted = count_files([path], {"tags": "none"})
    assert (items(counted, "track"), items(counted, "other")) == ((3, 0, 0), (1, 0, 0))


def test_an_unknown_class_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="known: "):
        count_files([], {"x": "secret"})


@pytest.mark.parametrize(
    ("name", "cells", "expected"),
    [
        ("c1", [phone(1), phone(2), "n/a"], ("other", "phone", "cells")),
        ("c2", [card(1), card(2)], ("property", "card", "cells")),
        ("c3", [resident(1)], ("other", "resident_id", "cells")),
        ("c4", ["1", "2"], (None, "text", "nothing")),
        ("Bank Card", [], ("property", "card", "name")),
        ("客户姓名", [], ("other", "name", "name")),
        ("序号", ["1"], ("none", "text", "name")),
    ],
)
def test_a_column_is_known_by_its_name_or_by_its_cells(name: str, cells: list[str], expected: tuple[str, ...]) -> None:
    use = use_of(name, cells, {})
    assert (use.of, use.kind, use.by) == expected


@given(st.integers(0, 10**8 - 1), st.sampled_from(["{}", "+86{}", "86 {}", "0086{}", "　{} "]))
@settings(max_examples=50, deadline=None)
def test_a_number_is_one_number_however_it_is_written(n: int, spelling: str) -> None:
    read = read_cell("phone", spelling.format(phone(n)))
    assert read is not None
    assert (read.form, read.checked) == (f"+86{phone(n)}", True)


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=40))
@settings(max_examples=50, deadline=None)
def test_the_count_is_that_of_the_naive_twin(
    tmp_path_factory: pytest.TempPathFactory, told: list[tuple[int, bool]]
) -> None:
    path = tmp_path_factory.mktemp("twin") / "a.csv"
    ids = [wrong(resident(n)) if bad else resident(n) for n, bad in told]
    counted = count_files([write(path, *ids, header="身份证")])
    good = {n for n, bad in told if not bad}
    assert items(counted, "other") == (len(good), len({n for n, bad in told if bad}), 0)
    assert counted.repeated == len(told) - len(set(told))
