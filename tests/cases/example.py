"""A trace to look at: two victims, about twenty-five accounts in five hops, every way and every state."""

from __future__ import annotations

from msgspec import structs

from stanch.cases.view import Flow, OrderLine, Party, TraceView
from stanch.model.time import HOUR, MINUTE

START = 1_790_000_000_000_000
REPORTED = START + 95 * MINUTE
NOW = REPORTED + 22 * MINUTE
BANKS = ("North Bank", "River Pay", "Union Bank", "城市银行", "Harbour Bank")

#: Minutes, hop, from, to, way, traced (in whole units).
MOVES = (
    (0, 1, 1, 10, "transfer", 180_000), (9, 1, 1, 11, "transfer", 60_000), (26, 1, 2, 10, "transfer", 146_000),
    (12, 2, 10, 20, "transfer", 49_800), (13, 2, 10, 21, "transfer", 49_900), (15, 2, 10, 22, "transfer", 47_000),
    (29, 2, 10, 23, "transfer", 80_000), (31, 2, 10, 24, "transfer", 66_000), (18, 2, 11, 25, "transfer", 45_000),
    (19, 2, 11, 1, "returned", 3_000),
    (24, 3, 20, 30, "transfer", 30_000), (25, 3, 20, 31, "transfer", 19_000), (27, 3, 21, 31, "transfer", 28_000),
    (28, 3, 21, 32, "transfer", 21_000), (33, 3, 22, 33, "transfer", 47_000), (40, 3, 23, 34, "transfer", 38_000),
    (42, 3, 23, 35, "transfer", 30_000), (44, 3, 24, 36, "transfer", 26_000), (45, 3, 24, 90, "cash", 20_000),
    (47, 3, 25, 37, "transfer", 41_000),
    (50, 4, 30, 40, "transfer", 22_000), (52, 4, 31, 40, "transfer", 20_000), (53, 4, 31, 41, "transfer", 26_000),
    (58, 4, 33, 42, "transfer", 35_000), (61, 4, 33, 91, "crypto", 12_000), (66, 4, 34, 43, "transfer", 30_000),
    (70, 4, 35, 43, "transfer", 11_000), (71, 4, 36, 92, "goods", 16_000), (74, 4, 37, 44, "transfer", 41_000),
    (76, 4, 41, 21, "transfer", 4_000),
    (80, 5, 40, 50, "transfer", 18_000), (82, 5, 40, 91, "crypto", 23_000), (84, 5, 42, 51, "transfer", 30_000),
    (88, 5, 43, 52, "transfer", 24_000), (90, 5, 43, 90, "cash", 10_000), (91, 5, 44, 53, "transfer", 30_000),
    (98, 5, 44, 93, "unknown", 6_000),
)  # fmt: skip


def example(language: str = "en") -> TraceView:
    """Return the view."""
    flows = tuple(
        Flow(src, 1 if way == "returned" else dst, START + at * MINUTE, hop, way, amount * 100 + 5_000, amount * 100,
             amount * 90, amount * 100)
        for at, hop, src, dst, way, amount in sorted(MOVES)
    )  # fmt: skip
    victims = (Party(1, "victim", "王**", since=START), Party(2, "victim", "李**", since=START + 26 * MINUTE))
    exits = tuple(Party(key, "exit", name) for key, name in
                  ((90, "Outlet 17"), (91, "Exchange K"), (92, "Shop 204"), (93, "?")))  # fmt: skip
    accounts = [_account(key, flows) for key in sorted({f.dst for f in flows} - {1, 2, 90, 91, 92, 93})]
    line = sorted(accounts, key=lambda p: (-p.hop * (p.parts["holdable"] > 500_000), -p.parts["holdable"]))
    accounts = [structs.replace(p, rank=line.index(p) + 1 if p.parts["holdable"] else None) for p in accounts]
    return TraceView(
        ("R-2041", "R-2044"), "fifo", "CNY", REPORTED, NOW, 38_600_000, 1_250_000, 300_000,
        (*victims, *accounts, *exits), flows, 25, True, 480, language,
    )  # fmt: skip


def _account(key: int, flows: tuple[Flow, ...]) -> Party:
    into, out = [f for f in flows if f.dst == key], [f for f in flows if f.src == key]
    sits = sum(f.traced for f in into) - sum(f.traced for f in out)
    held = {53: sits, 51: sits // 2, 23: sits}.get(key, 0)
    delayed = 600_000 if key == 52 else 0
    low = {32: 0, 50: sits // 3}.get(key, sits * 9 // 10 if key % 2 and not held else sits)
    bank = BANKS[key % len(BANKS)]
    return Party(
        key, "account", f"6222****{key * 137 % 10_000:04d}", bank, min(f.hop for f in into), min(f.at for f in into),
        sits, low, sits, held, delayed, key == 36, None, _orders(key, sits, held),
    )  # fmt: skip


def _orders(key: int, sits: int, held: int) -> tuple[OrderLine, ...]:
    if held:
        return (OrderLine(f"o{key}", "stop", "in_force", sits, held, NOW + 47 * HOUR),)
    states = {43: "approved", 34: "overdue", 37: "refused"}
    lines = (OrderLine(f"o{key}", "stop", states.get(key, "drafted"), sits),) if sits > 100_000 else ()
    return (*lines, OrderLine(f"q{key}", "query", "approved", sits)) if key in (32, 50) else lines
