"""Single events and columns give the same rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from small_events import MORNING, event, transfer
from stanch.engine.arrivals import CARRIED, Arrivals
from stanch.engine.home import Home
from stanch.engine.opening import open_home
from stanch.engine.singles import Singles
from stanch.intake.report import IntakeReport
from stanch.intake.take import CHUNK_ROWS, Intake
from stanch.model.columns import COLUMNS, INDEX, NULL, SENT, ColumnType
from stanch.model.time import to_datetime

ROWS = [
    transfer("t1", 0, "a", "b"),
    {**transfer("t2", 3600 * 9, "b", "a"), "end_to_end": " E2E-1 ", "ref": "t1", "attrs": "{}", "channel": "app",
     "region": ""},
    transfer("wrong", 1, "a", "x" * 200),
    event("sms", 5, "sms", src="card:+8613812345678", dst="card:13912345678", text="Call 13800138000 now or pay"),
    event("sms2", 6, "sms", src="card:106912345", dst="card:+447700900123", text=""),
    event("seen", 7, "login", src="account:bank/a", dst="device:353456789012348", address="address:192.0.2.7",
          device="device:353456789012348"),
    event("who", 8, "profile", src="person:p1", detail="birth_year", number=1950),
    event("open", 9, "account_opened", src="outlet:o1", dst="account:GB29NWBK60161331926819", holder="person:p1",
          place="place:cell-1"),
    event("wrong card", 10, "sms", src="card:no digits", dst="card:13912345678"),
]  # fmt: skip


def clear(row: dict[str, object]) -> dict[str, object]:
    moments = {name: to_datetime(int(str(row[name]))) for name in ("happened_at", "known_at")}
    return dict.fromkeys(SENT) | row | moments


def told(home: Home, arrived: Arrivals) -> list[dict[str, object]]:
    """Return rows in words and pseudonyms: codes depend on the order in which names were first seen."""
    types = {column.name: column.type for column in COLUMNS}
    names = home.line.names

    def plain(name: str, value: int) -> object:
        if value == NULL:
            return None
        if types[name] is ColumnType.ENTITY:
            return names.entities.pseudonym(value)
        return names.words.word(value) if types[name] is ColumnType.SYMBOL else value

    return [
        {name: plain(name, int(row[at])) for name, at in INDEX.items()}
        | {name: arrived.carried[name][place].as_py() for name in CARRIED}
        for place, row in enumerate(arrived.rows)
    ]


@pytest.mark.parametrize("now", [None, MORNING + 86_400_000_000])
def test_events_one_by_one_become_the_rows_that_columns_become(tmp_path: Path, now: int | None) -> None:
    rows = [clear(dict(row)) for row in ROWS]
    stamped = rows if now is None else [row | {"known_at": to_datetime(now)} for row in rows]
    with open_home(tmp_path) as home:
        taken = Intake(home.intake, CHUNK_ROWS, IntakeReport()).rows(stamped)
        columns = home.read(taken.table)
        singles, reasons = Singles(home.intake, home.line.names, home.ring.events).take(rows, now)
        assert told(home, singles) == told(home, columns)
        assert reasons == {refused.row - 1: refused.reason for refused in taken.refused}
        assert len(reasons) == 2
        for mine, theirs in (
            (singles.keys, columns.keys),
            (singles.bodies, columns.bodies),
            (singles.refs, columns.refs),
        ):
            assert np.array_equal(mine, theirs)


def test_identities_met_one_by_one_are_in_the_vault_with_the_commit(tmp_path: Path) -> None:
    with open_home(tmp_path) as home:
        singles = Singles(home.intake, home.line.names, home.ring.events)
        arrived, _ = singles.take([clear(dict(ROWS[0]))], None)
        home.keep(singles.identities())
        home.decide(home.admit(arrived))
        home.finish()
        pseudonym = home.line.names.entities.pseudonym(int(arrived.rows[0, INDEX["src"]]))
        found = home.vault.open(pseudonym, "audit", "test", 1)
    assert (found.kind, found.normalised) == ("account", "bank/a")


def test_no_events_are_no_rows(tmp_path: Path) -> None:
    with open_home(tmp_path) as home:
        arrived, reasons = Singles(home.intake, home.line.names, home.ring.events).take([], None)
    assert (len(arrived), reasons) == (0, {})
