from __future__ import annotations

from stanch.lab.flows import Flow, Money


def flow(event: str, amount: int, *funded_by: str, victim: str = "person:a") -> Flow:
    return Flow(("bank", event), "g01", victim, "loan", funded_by, amount)


#: A pays 1,000 and 600, B pays 400; the first mule sends 1,200 on, of which 800 are A's; the second takes it out.
CHAIN = [
    flow("pay", 1000),
    flow("more", 600),
    flow("other", 400, victim="person:b"),
    flow("split", 800, "pay"),
    flow("split", 400, "other", victim="person:b"),
    flow("cash", 800, "split"),
    flow("cash", 400, "split", victim="person:b"),
]


def sent(flows: list[Flow], *stopped: str) -> Money:
    """Money of which everything was sent in order, and some of it stopped at once."""
    money = Money(flows)
    for event in dict.fromkeys(flow.event for flow in flows):
        money.send(event)
        if event[1] in stopped:
            money.stop(event)
    return money


def arrived(money: Money, event: str) -> float:
    return money.arrived(("bank", event))


def test_money_that_nobody_stops_arrives_whole() -> None:
    assert [arrived(sent(CHAIN), event) for event in ("pay", "split", "cash")] == [1.0, 1.0, 1.0]


def test_a_payment_that_was_stopped_funds_nothing() -> None:
    money = sent(CHAIN, "pay")
    assert arrived(money, "pay") == 0.0
    assert arrived(money, "split") == arrived(money, "cash") == 400 / 1200, "the other victim's money still moves"


def test_a_payment_is_not_spent_twice() -> None:
    flows = [flow("pay", 1000), flow("more", 1000), flow("first", 500, "pay"), flow("second", 1500, "pay", "more")]
    assert arrived(sent(flows), "second") == 1.0
    assert arrived(sent(flows, "more"), "second") == 500 / 1500


def test_what_was_sent_before_its_funds_were_stopped_is_not_backed_any_more() -> None:
    money = sent(CHAIN)
    money.stop(("bank", "pay"))
    assert money.sent(("bank", "split")) == 1.0
    assert money.backed(("bank", "split")) == 400 / 1200
    assert arrived(money, "cash") == 400 / 1200


def test_what_bounces_can_be_sent_again() -> None:
    flows = [flow("pay", 1000), flow("first", 1000, "pay"), flow("again", 1000, "pay")]
    money = Money(flows)
    for event in ("pay", "first"):
        money.send(("bank", event))
    money.bounce(("bank", "first"))
    assert money.send(("bank", "again")) == 1.0
    assert arrived(money, "first") == 0.0


def test_only_the_victims_own_instruction_is_a_payment() -> None:
    money = Money(CHAIN)
    assert money.is_payment(("bank", "pay"))
    assert not money.is_payment(("bank", "split"))
    assert not money.is_payment(("bank", "unknown"))
