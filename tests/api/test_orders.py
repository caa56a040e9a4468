"""Orders as an institution sees them: those that went out to it, and no draft."""

from __future__ import annotations

from pathlib import Path

from api.server import key_of, serving
from engine.test_follow import MINUTES, STOLEN, answer, approval, played, reported, stops
from stanch.store.of_source import orders_to
from stanch.store.records import Records


def test_an_institution_sees_the_orders_that_went_out_to_it_from_their_approval_on(tmp_path: Path) -> None:
    asked = [*STOLEN, reported("report", 20 * MINUTES, "pay")]
    drafts = stops(played(tmp_path, asked))
    assert len(drafts) == 2
    largest = max(drafts, key=lambda order: order.amount)
    home = played(tmp_path, [*asked, approval(largest, 25 * MINUTES), answer(largest, 40 * MINUTES)])
    with Records.read(home) as records:
        assert {row.order_id for row in orders_to(records, "bank")} == {largest.id}
        assert orders_to(records, "other") == []
        assert orders_to(records, "other", largest.id) == []
    bank, other = key_of(home), key_of(home, "other")
    with serving(home, clock="events") as server, server.client(bank) as mine, server.client(other) as theirs:
        (order,) = mine.get("/v1/orders").json()["data"]
        assert (order["id"], order["state"], order["held"]) == (largest.id, "in_force", 300_000)
        assert [step["state"] for step in order["steps"]] == ["approved", "in_force"]
        assert mine.get(f"/v1/orders/{largest.id}").json() == order
        assert mine.get("/v1/orders", params={"state": "done"}).json()["data"] == []
        draft = next(each.id for each in drafts if each.id != largest.id)
        assert mine.get(f"/v1/orders/{draft}").status_code == 404, "a draft is nobody's order yet"
        assert theirs.get("/v1/orders").json()["data"] == []
        assert theirs.get(f"/v1/orders/{largest.id}").status_code == 404
