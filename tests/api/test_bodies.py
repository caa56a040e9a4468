"""NDJSON decoded at once holds what the lines hold one by one, and where one is wrong each is told by its line."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest

from api.server import as_sent, payment
from small_events import event, fan_in
from stanch.api.bodies import FEW, read_event, read_lines
from stanch.api.keys import Key
from stanch.api.problems import ApiError
from stanch.intake.chunks import rows_table

KEY = Key("k", "bank", ("decide",), "", 0)
MANY = [
    *(as_sent(row) for n in range(20) for row in fan_in(3600 * n, payee=f"mule-{n}")),
    as_sent(event("text", 9, "sms", src="card:13812345678", dst="card:13912345678", text="转账 €")),
    as_sent(event("used", 9, "data_session", src="card:13812345678", detail="general", number=7)),
    *(payment(f"p{n}", after=n / 7) for n in range(FEW)),
]


def lines(rows: list[dict[str, object]], end: bytes = b"\n") -> bytes:
    return end.join(json.dumps(row, ensure_ascii=False).encode() for row in rows)


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("count", [1, FEW, FEW + 1, len(MANY)])
def test_lines_read_at_once_are_those_read_one_by_one(count: int, live: bool) -> None:
    sent = MANY[-count:]
    numbers, rows, wrong = read_lines(lines(sent), KEY, live=live, most=10_000)
    expected = rows_table([read_event(json.dumps(row).encode(), KEY, live=live) for row in sent])
    assert isinstance(rows, pa.Table) == (count > FEW)
    assert (rows if isinstance(rows, pa.Table) else rows_table(rows)).equals(expected)
    assert (numbers, wrong) == (list(range(1, count + 1)), {})


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (b"nonsense", "malformed"),
        (json.dumps({**payment("x"), "kind": "gift"}).encode(), "unknown kind"),
        (json.dumps({**payment("x"), "amount": -1}).encode(), "$.amount"),
        (json.dumps({**payment("x"), "happened_at": "2201-01-01T00:00:00Z"}).encode(), "1970 to 2200"),
        (json.dumps({**payment("x"), "currency": "ZZZ"}).encode(), "ISO 4217"),
        (json.dumps({**payment("x"), "known_at": "2026-03-02T10:00:00+08:00"}).encode(), "known_at"),
        (json.dumps(payment("x", "other")).encode(), "sends for 'bank' only"),
        (json.dumps(as_sent(event("x", 1, "listed", dst="account:bank/2", detail="x"))).encode(), "scope"),
        (json.dumps(payment("x" * 300)).encode(), "shorter id"),
        (b'{"kind": "transfer", "event_id": "' + b"\xff" * 9 + b'"}', "UTF-8"),
        (b'{"other": ' + b"[" * 100_000, "nested"),
    ],
)
def test_one_wrong_line_is_told_and_the_others_stay(wrong: bytes, says: str) -> None:
    sent = MANY[:400]
    body = b"\n\r\n".join([lines(sent[:300], b"\r\n"), wrong, lines(sent[300:])]) + b"\n"
    numbers, rows, told = read_lines(body, KEY, live=True, most=10_000)
    assert len(rows) == len(sent)
    assert numbers == [*range(1, 301), *range(304, 404)]
    ((number, problem),) = told.items()
    assert number == 302
    assert says in str(problem)


def test_too_many_lines_are_refused() -> None:
    with pytest.raises(ApiError, match="more than 5"):
        read_lines(lines(MANY[:6]), KEY, live=True, most=5)
