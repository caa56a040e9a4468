from __future__ import annotations

from stanch.cases.trace_page import trace_page
from stanch.cases.view import OrderLine
from stanch.cases.viewing import Labels, view_of
from stanch.graph.trace import Exit, Movement, Place, Trace

LABELS = Labels(
    name=lambda code: f"62**{code}", bank=lambda code: "North Bank", reports=("R-1",), currency="CNY", reported_at=50,
    now=90, held={20: 30}, plan=(20,), orders={20: (OrderLine("o1", "stop", "in_force", 30, 30),)},
)  # fmt: skip

TRACE = Trace(
    "fifo", 3, (1,), 100, 7,
    (
        Movement(0, 1, 5, 10, 10, 100, "transfer", 100, 100, 100),
        Movement(1, 2, 10, 20, 20, 70, "transfer", 70, 60, 70),
        Movement(2, 2, 10, 90, 30, 20, "cash", 20, 20, 20),
        Movement(3, 3, 20, 5, 40, 10, "returned", 10, 10, 10),
        Movement(4, 3, 20, 21, 41, 10, "transfer", 0, 0, 10),
    ),
    (Place(20, 2, 20, 60, 50, 60, (50, None), (60,)), Place(10, 1, 10, 10, 10, 10, (10, 10), (10,))),
    (Exit(10, 90, "cash", 30, 2, 2, 20, 20, 20, (20,)),),
    10, 2, 5, True,
)  # fmt: skip


def test_every_cent_of_a_trace_is_in_its_view() -> None:
    view = view_of(TRACE, LABELS)
    assert view.parts == {"held": 30, "delayed": 0, "holdable": 30, "untouched": 10, "left": 20, "returned": 10}
    assert sum(view.parts.values()) == TRACE.reported


def test_victims_accounts_and_exits_are_told_apart() -> None:
    assert {(p.key, p.role, p.hop) for p in view_of(TRACE, LABELS).parties} == {
        (5, "victim", 0), (10, "account", 1), (20, "account", 2), (90, "exit", 2)
    }  # fmt: skip


def test_the_plan_decides_which_account_stands_first() -> None:
    assert [party.key for party in view_of(TRACE, LABELS).holdable] == [20, 10]


def test_a_view_from_a_trace_makes_a_page() -> None:
    assert "62…20" in trace_page(view_of(TRACE, LABELS))
