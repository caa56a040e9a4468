"""Which windows share a row: those that some event finds at one key, and no others."""

from __future__ import annotations

from stanch.features.cells import ROW_HEAD, Layout
from stanch.features.definition import Feature, parse_feature

CALLS = parse_feature({"count": True, "by": "src", "over": "1h", "where": "kind = 'call_started'"}, "calls")
PAID = parse_feature({"total": "amount", "by": "src", "over": "1h", "where": "kind = 'transfer'"}, "paid")
CALLED = parse_feature({"count": True, "by": "src", "at": "dst", "over": "1h", "where": "kind = 'call_started'"}, "to")
PAYER_PAID = parse_feature(
    {"total": "amount", "by": "src", "at": "dst", "over": "1h", "where": "kind = 'transfer'"}, "payer"
)


def strides(asked: dict[str, list[Feature]]) -> list[int]:
    """Words of a row of each table, for the features that each kind asks for."""
    layout = Layout()
    for features in asked.values():
        for feature in features:
            layout.place(feature)  # type: ignore[arg-type]  # all of these are windows
    layout.lay(asked)
    return [table.stride for table in layout.tables]


def test_calls_and_payments_of_a_payer_stand_in_rows_of_their_own() -> None:
    assert strides({"call_started": [CALLS], "transfer": [PAID]}) == [ROW_HEAD + 1, ROW_HEAD + 1]


def test_what_one_event_asks_for_at_one_key_is_found_in_one_row() -> None:
    assert strides({"transfer": [CALLS, PAID]}) == [ROW_HEAD + 2]
    assert strides({"login": [CALLED, PAYER_PAID]}) == [ROW_HEAD + 2]


def test_what_an_event_asks_for_at_two_keys_stands_apart() -> None:
    assert strides({"login": [CALLED, PAID]}) == [ROW_HEAD + 1, ROW_HEAD + 1]


def test_a_window_that_two_roles_ask_for_is_held_once() -> None:
    assert strides({"call_started": [CALLS, CALLED]}) == [ROW_HEAD + 1]
