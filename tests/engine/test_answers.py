"""Answers of institutions, as the files that they send: each counts for its order and for what was ordered, or not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.test_follow import MINUTES, STOLEN, approval, reported
from engine.test_lifting import opened, played
from iso20022_samples import auth_002, camt_029, document, pacs_004
from stanch.cli import main
from stanch.decide.orders import Order

MAPPING = """
columns:
  event_id: event_id
  source: {column: source, values: {NWBKGB2L: bank, DEUTDEFF: other}}
  happened_at: happened_at
  known_at: happened_at
  kind: kind
  src: {column: src, values: {"institution:NWBKGB2L": "institution:bank", "institution:DEUTDEFF": "institution:other"}}
  dst: dst
  amount: amount
  currency: currency
  detail: detail
  ref: ref
"""
ASKED = [*STOLEN, reported("report", 20 * MINUTES, "pay")]


def orders(home: Path) -> list[Order]:
    with opened(home) as again:
        return [order for order in again.line.funds.docket.book.orders() if order.measure == "stop"]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Order, list[Order]]:
    """A home with one stop of 3,000.00 CNY approved and one drafted."""
    folder = tmp_path_factory.mktemp("answers")
    largest = max(orders(played(folder, ASKED, "first")), key=lambda order: order.amount)
    home = played(folder, [*ASKED, approval(largest, 25 * MINUTES)])
    return home, largest, orders(home)


def answered(home: Path, tmp_path: Path, *messages: bytes) -> tuple[int, Path]:
    """Let a copy of the home read messages; return the exit code and the copy."""
    copy = tmp_path / "home"
    shutil.copytree(home, copy, dirs_exist_ok=True)
    shutil.copy(home.parent / "keys.json", tmp_path)
    (tmp_path / "map.yaml").write_text(MAPPING)
    files = []
    for place, message in enumerate(messages):
        files.append(tmp_path / f"{place}.xml")
        files[-1].write_bytes(message)
    words = ["--home", str(copy), "--keys", str(tmp_path / "keys.json"), "--map", str(tmp_path / "map.yaml")]
    with pytest.raises(SystemExit) as ended:
        main(["replay", *map(str, files), *words])
    return int(ended.value.code or 0), copy


def recall(order: Order, sum_held: str = "900.50", currency: str = "CNY", bic: str = "NWBKGB2L") -> bytes:
    """The answer of a bank to a recall, on the morning of the order."""
    message = camt_029(case=f"{order.id}/stop").replace(b"2026-03-01T12:00:00Z", b"2026-03-02T02:40:00Z")
    said = f'Ccy="{currency}">{sum_held}<'.encode()
    return message.replace(b'Ccy="EUR">900.5<', said).replace(b"NWBKGB2L", bic.encode())


def of(home: Path, order: Order) -> tuple[str, int]:
    found = next(each for each in orders(home) if each.id == order.id)
    return found.state, found.held


Asked = tuple[Path, Order, list[Order]]


def test_an_answer_for_a_part_holds_the_part(asked: Asked, tmp_path: Path) -> None:
    code, home = answered(asked[0], tmp_path, recall(asked[1]))
    assert (code, *of(home, asked[1])) == (0, "in_force", 90_050)


def test_an_answer_for_more_than_was_ordered_holds_what_was_ordered(asked: Asked, tmp_path: Path) -> None:
    code, home = answered(asked[0], tmp_path, recall(asked[1], "99999999.99"))
    assert (code, *of(home, asked[1])) == (0, "in_force", 300_000)


def test_the_same_answer_twice_is_one_and_a_copy_under_another_name_too(
    asked: Asked, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, home = answered(asked[0], tmp_path, recall(asked[1]), recall(asked[1]))
    assert (code, *of(home, asked[1])) == (0, "in_force", 90_050)
    assert "without effect" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"bic": "DEUTDEFF"}, "this institution was not asked"),
        ({"currency": "EUR"}, "another currency"),
    ],
    ids=["of another institution", "in another currency"],
)
def test_an_answer_that_cannot_be_theirs_changes_nothing_and_is_told(
    asked: Asked, tmp_path: Path, capsys: pytest.CaptureFixture[str], changed: dict[str, str], why: str
) -> None:
    code, home = answered(asked[0], tmp_path, recall(asked[1], **changed))
    assert (code, *of(home, asked[1])) == (0, "approved", 0)
    assert why in capsys.readouterr().err


def test_an_answer_to_an_order_never_sent_or_never_drafted_changes_nothing(
    asked: Asked, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home, largest, every = asked
    drafted = next(order for order in every if order.id != largest.id)
    never = recall(largest).replace(largest.id.encode(), b"o1-1").replace(b">A1<", b">A2<").replace(b">S1<", b">S2<")
    code, after = answered(home, tmp_path, recall(drafted), never)
    assert (code, *of(after, drafted)) == (0, "drafted", 0)
    told = capsys.readouterr().err
    assert "not sent yet" in told
    assert "no order has this id" in told


def test_an_authority_s_answer_about_another_order_leaves_this_one(asked: Asked, tmp_path: Path) -> None:
    message = auth_002(measure="stop").replace(b"order-1", b"o1-1")
    _, home = answered(asked[0], tmp_path, message)
    assert of(home, asked[1]) == ("approved", 0)


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "' + b"a" * 1000 + b'">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, (b"&%c;" % (97 + n)) * 20) for n in range(9))
    + b"]><Document>&j;</Document>"
)  # fmt: skip


@pytest.mark.parametrize(
    "broken",
    [
        b"<Document",
        b"",
        b"\xff\xfe\x00",
        BOMB,
        camt_029().replace(b"urn:iso:std:iso:20022:tech:xsd:camt", b"urn:example:camt"),
        pacs_004().replace(b"xsd:pacs.004.001.09", b"xsd:pacs.009.001.08"),
        document("camt.029.001.09", "<RsltnOfInvstgtn/>"),
        auth_002().replace(b"auth.002.001.02", b"auth.002.001.01"),
    ],
    ids=["cut", "empty", "bytes", "bomb", "foreign", "other message", "hollow", "other version"],
)  # fmt: skip
def test_a_broken_file_ends_with_the_code_of_the_sender_and_the_good_one_counts(
    asked: Asked, tmp_path: Path, capsys: pytest.CaptureFixture[str], broken: bytes
) -> None:
    code, home = answered(asked[0], tmp_path, broken, recall(asked[1]))
    assert (code, *of(home, asked[1])) == (3, "in_force", 90_050)
    assert "0.xml" in capsys.readouterr().err


def test_a_return_of_more_than_was_paid_makes_no_money(asked: Asked, tmp_path: Path) -> None:
    """A bank gives back 9,000,000.00 of 5,000.00: the trace returns what was taken, the rest is the bank's own."""
    message = pacs_004().replace(b'Ccy="EUR">1000.00', b'Ccy="CNY">9000000.00').replace(b"T09:00", b"T02:45")
    code, home = answered(asked[0], tmp_path, message)
    assert code == 0
    with opened(home) as again:
        places = again.line.funds.taint.places()
        assert sum(place.traced for place in places) == 500_000
