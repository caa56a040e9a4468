from __future__ import annotations

import json

import pytest

from stanch.model.columns import SENT
from stanch.model.errors import InputError
from stanch.model.events import EVENTS, decode, to_row
from stanch.model.kinds import INTERNAL, KINDS

TRANSFER = {
    "kind": "transfer",
    "event_id": "t1",
    "source": "bank_a",
    "happened_at": "2026-01-01T08:00:00+08:00",
    "src": "account:1",
    "dst": "wallet:2",
    "amount": 500,
    "currency": "CNY",
}


def sent(**changes: object) -> bytes:
    return json.dumps({key: value for key, value in {**TRANSFER, **changes}.items() if value != "leave out"}).encode()


def test_every_kind_that_a_sender_may_use_has_a_struct_that_says_what_it_means() -> None:
    assert set(EVENTS) == set(KINDS) - INTERNAL
    assert all(struct.__doc__ for struct in EVENTS.values())


def test_an_event_becomes_a_row_of_the_clear_schema() -> None:
    row = to_row(decode(sent()))
    assert set(row) == set(SENT)
    assert (row["kind"], row["amount"], row["known_at"]) == ("transfer", 500, row["happened_at"])


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"amount": -1}, r"\$\.amount"),
        ({"amount": 10**14}, r"\$\.amount"),
        ({"amount": "leave out"}, "amount"),
        ({"currency": None}, r"\$\.currency"),
        ({"src": "card:1"}, r"\$\.src"),
        ({"dst": "leave out"}, "dst"),
        ({"happened_at": "2026-01-01T08:00:00"}, r"\$\.happened_at"),
        ({"happened_at": "1066-10-14T08:00:00Z"}, r"\$\.happened_at"),
        ({"colour": "red"}, "colour"),
        ({"kind": "teleport"}, "unknown kind 'teleport'"),
        ({"kind": "tick"}, "unknown kind 'tick'"),
        ({"kind": "leave out"}, "kind"),
        ({"event_id": ""}, r"\$\.event_id"),
    ],
)
def test_an_error_names_the_field(changes: dict[str, object], named: str) -> None:
    with pytest.raises(InputError, match=named):
        decode(sent(**changes))


@pytest.mark.parametrize("body", [b"", b"[]", b'"x"', b"{", b"\xff"])
def test_what_is_no_json_object_is_an_input_error(body: bytes) -> None:
    with pytest.raises(InputError, match="not an event"):
        decode(body)
