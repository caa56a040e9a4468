from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from stanch.features.plan import KIND_NUMBER
from stanch.graph.backward import Holding, backward
from stanch.graph.ledger import Ledger
from stanch.graph.postings import moves, posting_codes, postings
from stanch.graph.report import Report
from stanch.graph.tracing import trace
from stanch.model.columns import INDEX, MATRIX, NULL
from stanch.model.errors import InputError
from stanch.model.interner import Words

WORDS = Words()
CODES = posting_codes(WORDS.code)
CNY = WORDS.code("CNY")
VICTIM, MULE, FIRM, SHOP, SECOND = range(5)


def ledger_of(*events: dict[str, int | str]) -> Ledger:
    """A ledger of events; words are given as words."""
    rows = np.full((len(events), len(MATRIX)), NULL, dtype=np.int64)
    for number, event in enumerate(events):
        rows[number, INDEX["as_of"]] = number + 1
        rows[number, INDEX["currency"]] = CNY
        for name, value in event.items():
            rows[number, INDEX[name]] = value if isinstance(value, int) else WORDS.code(value)
    kinds = np.array([KIND_NUMBER[str(event["kind"])] for event in events], dtype=np.int64)
    ledger = Ledger()
    ledger.append(postings(rows, kinds, CODES))
    return ledger


def settled(src: int, dst: int, amount: int, **more: int | str) -> dict[str, int | str]:
    return {"kind": "settled", "src": src, "dst": dst, "amount": amount, **more}


def report(amount: int, entry: int | None = 0) -> Report:
    return Report(1, VICTIM, MULE, amount, CNY, 1, entry)


def column(*values: int) -> npt.NDArray[np.int64]:
    return np.array(values, dtype=np.int64)


def test_an_instruction_moves_no_money() -> None:
    assert len(ledger_of({"kind": "transfer", "src": VICTIM, "dst": MULE, "amount": 5})) == 0


def test_money_is_seen_through_a_payment_firm_into_the_shop() -> None:
    ledger = ledger_of(
        {"kind": "listed", "dst": FIRM, "detail": "pass_through"},
        settled(SECOND, FIRM, 70, payment=8),
        settled(MULE, FIRM, 70, payment=9),
        settled(FIRM, SHOP, 70, payment=9, dst_kind="merchant"),
        settled(FIRM, SHOP, 70, payment=8, dst_kind="merchant"),
    )
    found = trace(ledger, [Report(1, MULE, FIRM, 70, CNY, 3, 1)])
    assert [(gone.to, gone.way, gone.traced, gone.low, gone.entry) for gone in found.exits] == [
        (SHOP, "goods", 70, 70, 2)
    ]
    assert not found.places


def test_cash_crypto_and_the_unknown_are_ways_out() -> None:
    ledger = ledger_of(
        {"kind": "account_opened", "dst": MULE},
        settled(VICTIM, MULE, 90),
        settled(MULE, SHOP, 20, dst_kind="outlet", detail="cash_out"),
        settled(MULE, SECOND, 30, detail="crypto_out"),
        {"kind": "balance", "src": MULE, "amount": 25},
    )
    found = trace(ledger, [report(90)])
    assert [(gone.way, gone.traced) for gone in found.exits] == [("cash", 20), ("crypto", 30), ("unknown", 15)]
    assert [(place.traced, place.balance) for place in found.places] == [(25, (25, 25))]


def test_more_reported_than_paid_and_an_unknown_account_stay_alleged() -> None:
    ledger = ledger_of(settled(VICTIM, MULE, 90))
    found = trace(ledger, [report(100), Report(2, VICTIM, 77, 40, CNY, 1, None)])
    assert (found.reported, found.alleged) == (90, 50)
    assert found.places[0].shares == (90, 0)


def test_two_reports_of_one_payment_count_no_cent_twice() -> None:
    ledger = ledger_of(settled(VICTIM, MULE, 90))
    found = trace(ledger, [report(60), Report(2, VICTIM, MULE, 60, CNY, 1, 0)])
    assert (found.reported, found.alleged, found.places[0].shares) == (90, 30, (60, 30))


def test_a_return_to_the_victim_takes_the_victims_money_first() -> None:
    ledger = ledger_of(
        {"kind": "balance", "src": MULE, "amount": 500},
        settled(VICTIM, MULE, 90),
        {"kind": "returned", "src": MULE, "dst": VICTIM, "amount": 60},
    )
    found = trace(ledger, [report(90)])
    assert (found.returned, found.places[0].traced, found.places[0].low) == (60, 30, 30)


def test_a_return_that_is_itself_reported_carries_no_cent_twice() -> None:
    opened: list[dict[str, int | str]] = [{"kind": "account_opened", "dst": account} for account in (MULE, SECOND)]
    ledger = ledger_of(
        *opened,
        settled(VICTIM, MULE, 5),
        settled(MULE, SECOND, 1),
        settled(SHOP, SECOND, 1),
        settled(MULE, SECOND, 1),
        {"kind": "returned", "src": SECOND, "dst": VICTIM, "amount": 2},
    )
    found = trace(ledger, [report(5), Report(2, SECOND, VICTIM, 1, CNY, 7, 4)])
    assert (found.returned, found.reported) == (2, 5)
    assert all(move.traced <= move.amount for move in found.movements)


def test_a_trace_that_is_cut_says_so_and_is_sure_of_nothing_it_did_not_look_at() -> None:
    chain: list[dict[str, int | str]] = [{"kind": "account_opened", "dst": account} for account in range(5)]
    ledger = ledger_of(*chain, *(settled(a, a + 1, 90) for a in range(4)))
    found = trace(ledger, [report(90)], hops=2)
    assert not found.complete
    assert [(place.account, place.traced, place.low) for place in found.places] == [(2, 90, 0)]
    assert trace(ledger, [report(90)], hops=4).places[0].low == 90


def test_a_balance_is_bounded_below_until_it_is_stated() -> None:
    ledger = ledger_of(settled(VICTIM, MULE, 90))
    assert ledger.balance(VICTIM, CNY) == (0, None)
    assert ledger.balance(MULE, CNY) == (90, None)
    ledger = ledger_of(settled(VICTIM, MULE, 90), {"kind": "balance", "src": MULE, "amount": 100})
    assert ledger.balance(MULE, CNY) == (100, 100)


def test_a_payment_is_found_by_its_instruction_or_its_amount() -> None:
    ledger = Ledger()
    ledger.append(moves(column(0, 0), column(1, 1), column(1, 2), column(5, 7)), refs=column(11, 12))
    assert ledger.find_payment(1, 12, None, 9) == 1
    assert ledger.find_payment(1, None, 5, 9) == 0
    assert ledger.find_payment(1, 12, None, 1) is None
    assert ledger.find_payment(99, None, 5, 9) is None


def test_history_drops_off_and_entries_keep_their_numbers() -> None:
    ledger = Ledger()
    ledger.append(moves(column(0, 0, 1), column(1, 1, 2), column(1, 2, 3), column(50, 70, 60)))
    whole = trace(ledger, [Report(1, 0, 1, 70, 0, 2, 1)])
    ledger.forget(2)
    again = Ledger()
    again.load(ledger.save())
    assert trace(again, [Report(1, 0, 1, 70, 0, 2, 1)]) == whole
    assert again.append(moves(column(2), column(3), column(9), column(10))) == 3


@pytest.mark.parametrize("method", ["fifo", "lifo", "proportional"])
def test_backward_finds_the_payers_and_conserves(method: str) -> None:
    ledger = Ledger()
    ledger.append(moves(column(0, 3, 1), column(1, 1, 2), column(1, 2, 3), column(60, 40, 80)))
    found = backward(ledger, Holding(2, 0, 80), method=method)
    assert sum(source.amount for source in found.sources) == found.amount == 80
    expected = {"fifo": {0: 60, 3: 20}, "lifo": {0: 40, 3: 40}, "proportional": {0: 48, 3: 32}}
    assert {source.account: source.amount for source in found.sources} == expected[method]


def test_an_unknown_method_and_mixed_currencies_are_refused() -> None:
    ledger = ledger_of(settled(VICTIM, MULE, 90))
    with pytest.raises(InputError, match="unknown method 'guess'"):
        trace(ledger, [report(90)], method="guess")
    with pytest.raises(InputError, match="2 currencies"):
        trace(ledger, [report(90), Report(2, VICTIM, MULE, 1, CNY + 1, 1, 0)])
