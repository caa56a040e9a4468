"""Bulk intake and single events must accept and refuse the same events."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stanch.intake.report import IntakeReport
from stanch.intake.take import Intake, IntakeContext
from stanch.model.entities import ENTITY_KINDS
from stanch.model.errors import InputError
from stanch.model.events import Event, decode
from stanch.model.kinds import INTERNAL, KINDS
from stanch.privacy.pseudonyms import Keys
from stanch.store.vault import SqliteVault

Row = dict[str, object]

#: One valid identifier of each entity kind.
IDS = dict.fromkeys(ENTITY_KINDS, "x1") | {"card": "+8613812345678", "iot_card": "1064812345678", "address": "10.0.0.1"}


def clear(kind: str) -> str:
    return f"{kind}:{IDS[kind]}"


def complete(name: str) -> Row:
    """Return an event that holds all its kind asks for."""
    kind = KINDS[name]
    row: Row = {"kind": name, "event_id": "e", "source": "s", "happened_at": "2026-03-01T00:00:00Z"}
    roles = {"src": kind.src, "dst": kind.dst}
    row |= {role: clear(kinds[0]) for role, kinds in roles.items() if kinds}
    needed: Row = {"dst": clear("card"), "detail": "d", "number": 1, "amount": 1, "currency": "CNY", "duration": 1}
    return row | {column: needed[column] for column in kind.needs if column not in row}


def intake() -> Intake:
    context = IntakeContext(Keys(b"p" * 32, b"d" * 32), SqliteVault(":memory:", b"m" * 32))
    return Intake(context, 100, IntakeReport())


def accepted_alone(row: Row) -> bool:
    try:
        decode(json.dumps(row).encode())
    except InputError:
        return False
    return True


def accepted_in_bulk(row: Row, taking: Intake) -> bool:
    moment = datetime.fromisoformat(str(row["happened_at"]))
    return len(taking.rows([{**row, "happened_at": moment}]).table) == 1


@pytest.mark.parametrize("name", [name for name in KINDS if name not in INTERNAL])
def test_a_complete_event_of_every_kind_is_accepted_both_ways(name: str) -> None:
    taking = intake()
    event: Event = decode(json.dumps(complete(name)).encode())
    taken = taking.events([event])
    assert taken.refused == ()
    assert taken.table["kind"].to_pylist() == [name]


CHANGES = st.dictionaries(
    st.sampled_from(["src", "dst", "holder", "device", "place", "detail", "number", "amount", "currency", "duration"]),
    st.none(),
    max_size=2,
)
SWAPS = st.dictionaries(
    st.sampled_from(["src", "dst", "holder", "device", "address", "place"]), st.sampled_from(ENTITY_KINDS), max_size=2
)
NUMBERS = st.fixed_dictionaries(
    {}, optional={"amount": st.sampled_from([-1, 0, 10**13, 10**13 + 1]), "duration": st.sampled_from([-1, 0])}
)
WORDS = st.fixed_dictionaries(
    {},
    optional={"attestation": st.sampled_from(["A", "D", "none"]), "currency": st.sampled_from(["CNY", "cny", "QQQ"])},
)
KIND = st.sampled_from([name for name in KINDS if name not in INTERNAL])


@settings(max_examples=400)
@given(KIND, CHANGES, SWAPS, NUMBERS, WORDS)
def test_both_ways_agree_on_what_is_an_event(
    name: str, gone: Row, swaps: dict[str, str], numbers: Row, words: Row
) -> None:
    row = complete(name) | numbers | words | {role: clear(kind) for role, kind in swaps.items()} | gone
    row = {key: value for key, value in row.items() if value is not None}
    assert accepted_alone(row) == accepted_in_bulk(row, SHARED), row


SHARED = intake()


def test_a_refused_single_event_is_told_with_its_place(tmp_path: Path) -> None:
    good = decode(json.dumps(complete("transfer")).encode())
    bad = decode(json.dumps(complete("transfer") | {"src": "account:DE88370400440532013000"}).encode())
    taken = intake().events([good, bad])
    assert taken.table.num_rows == 1
    assert [(refused.row, refused.reason[:22]) for refused in taken.refused] == [(2, "src: not a valid IBAN ")]
