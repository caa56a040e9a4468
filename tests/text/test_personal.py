from __future__ import annotations

import pytest

from stanch.text.personal import KINDS, counts_by_kind, find_personal_data


@pytest.mark.parametrize(
    ("text", "kind", "plain"),
    [
        ("身份证11010519491231002X", "resident_id", "11010519491231002X"),
        ("身份证１１０１０５１９４９１２３１００２ｘ", "resident_id", "11010519491231002X"),
        ("卡号 6228 4804 0256 4890 018", "bank_card", "6228480402564890018"),
        ("致电13812345678", "phone", "13812345678"),
        ("mail a.b@c.example", "email", "a.b@c.example"),
        ("护照号E12345678", "passport", "E12345678"),
        ("GB82 WEST 1234 5698 7654 32", "iban", "GB82WEST12345698765432"),
        ("京A12345 违停", "plate", "京A12345"),
    ],
)
def test_personal_data_is_found_and_named(text: str, kind: str, plain: str) -> None:
    found = find_personal_data(text)
    assert [(item.kind, item.normalised) for item in found] == [(kind, plain)]
    assert kind in KINDS


@pytest.mark.parametrize(
    "text",
    [
        "身份证110105194912310021",
        "卡号 6228480402564890011",
        "单号 E12345678",
        "京ABCDEF",
        "GB82WEST12345698765433",
        "共 3 件",
    ],
)
def test_what_fails_its_check_is_not_counted(text: str) -> None:
    assert find_personal_data(text) == ()


def test_the_same_number_twice_counts_once() -> None:
    items = find_personal_data("13812345678，再打 138 1234 5678 或 13912345678")
    assert len(items) == 3
    assert counts_by_kind(items) == {"phone": 2}


def test_a_number_of_a_county_that_no_register_knows_is_no_resident_id_and_stops_nothing() -> None:
    assert find_personal_data("样品 110120188504123172") == ()
    assert [item.kind for item in find_personal_data("样品 110120188504123172、11010519491231002X")] == ["resident_id"]
