"""What the table of orders' steps takes, and what it cannot be made to take."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from order_book import BANK, HOLDER, LATER, POLICE, POLICE_HOUSE, START, approved, in_force, shipped, step, want
from stanch.decide.book import Book
from stanch.decide.orders import MEASURES, STATES, STEPS, Change
from stanch.model.errors import InputError
from stanch.model.time import DAY
from stanch.store.blocks import encode_block
from stanch.store.database import MIGRATIONS
from stanch.store.place import LOG_FILE
from stanch.store.records import Records
from stanch.store.rows import Commit, OrderStepRow

BODY = encode_block({"seq": np.arange(1)}, np.zeros((0, 2), np.uint64), [])


def batch(seq: int, *rows: OrderStepRow) -> Commit:
    return Commit(seq, seq, seq, seq + 1, "p", BODY, order_steps=rows)


def row(change: Change) -> OrderStepRow:
    """Return the row of a step, codes written as words."""
    order = change.order
    deciders = [*order.approvals, *order.pending][-2:]
    return OrderStepRow(
        order_id=order.id, step=change.step, seq=0, at=change.at, measure=order.measure,
        account=order.account.to_bytes(16), institution=f"bank-{order.institution}", currency="CNY",
        from_state=change.from_, to_state=change.to, amount=order.amount, held=order.held, acts_as=change.power,
        reason=change.reason, term=order.term, basis=change.basis, objection=change.objection, power=order.power,
        actor=None if change.actor is None else str(change.actor),
        person=str(deciders[-1].official) if deciders else None,
        second=str(deciders[0].official) if len(deciders) > 1 else None,
        until=change.until, follows=order.follows or None,
    )  # fmt: skip


def life() -> list[OrderStepRow]:
    """A stop that is objected to, frozen, partly paid back and cleared; a query nobody answers; a stop that ends."""
    book, changes = Book(shipped("cn")), []
    changes += book.draft([want(), want(measure="query")], START)
    for order in book.open_orders():
        changes.append(approved(book, order.id, START + 1))
    stop = book.open_orders()[0]
    changes.append(step(book.answer(stop.id, BANK, "in_force", 400, START + 2)))
    changes.append(step(book.object(stop.id, HOLDER, LATER)))
    frozen = book.to_freeze(stop.account, stop.currency)
    assert frozen is not None
    changes += book.draft([frozen], LATER)
    freeze = book.open_orders()[-1]
    changes += [step(book.approve(freeze.id, who, POLICE_HOUSE, POLICE, LATER + who)) for who in (11, 12)]
    changes.append(step(book.answer(freeze.id, BANK, "in_force", None, LATER + 20)))
    paid = book.draft([want(150, measure="return")], LATER + 30)
    changes += paid
    changes += [step(book.approve(paid[0].order.id, who, POLICE_HOUSE, POLICE, LATER + 40)) for who in (13, 14)]
    changes.append(step(book.answer(paid[0].order.id, BANK, "done", 150, LATER + 50)))
    changes += book.tick(LATER + 30 * DAY)
    changes += book.clear(LATER + 31 * DAY, reports=[1])
    return [row(each) for change in changes for each in change.each()]


def test_a_whole_life_of_orders_is_saved_and_read_back(place: Path | str) -> None:
    rows = life()
    assert {r.to_state for r in rows} >= {"drafted", "approved", "in_force", "replaced", "done", "expired", "released"}
    with Records.open(place) as records:
        records.commit(batch(0, *rows))
        assert sorted(records.order_steps(), key=str) == sorted(rows, key=str)
        assert [r.step for r in records.order_steps(rows[0].order_id)] == list(
            range(1, 1 + sum(r.order_id == rows[0].order_id for r in rows))
        )


def out(measure: str = "freeze") -> tuple[OrderStepRow, ...]:
    """The steps of one order up to the institution's answer."""
    book, found = Book(shipped("cn")), []
    found += book.draft([want(measure=measure)], START)
    order_id = found[0].order.id
    officials = (11, 12) if measure == "freeze" else (11,)
    found += [step(book.approve(order_id, who, POLICE_HOUSE, POLICE, START + 1)) for who in officials]
    found.append(step(book.answer(order_id, BANK, "in_force", None, START + 2)))
    return tuple(row(change) for change in found)


@pytest.mark.parametrize(
    ("lacking", "rule"),
    [
        ({"person": None}, "a_person_decides"),
        ({"person": ""}, "a_person_decides"),
        ({"reason": ""}, "a_person_decides"),
        ({"basis": ""}, "a_person_decides"),
        ({"objection": ""}, "a_person_decides"),
        ({"power": "machine"}, "a_person_decides"),
        ({"power": ""}, "a_person_decides"),
        ({"until": None}, "an_order_ends"),
        ({"until": START}, "an_order_ends"),
        ({"second": None}, "four_eyes"),
        ({"second": "12"}, "four_eyes"),
        ({"held": 501}, "no_more_than_ordered"),
        ({"held": -1}, "no_more_than_ordered"),
    ],
    ids=str,
)
@pytest.mark.parametrize("where", [-1, -2], ids=["in_force", "approved"])
def test_a_freeze_without_what_is_owed_cannot_be_saved(
    place: Path | str, lacking: dict[str, str | int | None], rule: str, where: int
) -> None:
    rows = list(out())
    rows[where] = msgspec.structs.replace(rows[where], **lacking)
    with Records.open(place) as records:
        with pytest.raises(InputError, match=rule):
            records.commit(batch(0, *rows))
        assert records.order_steps() == []


def test_one_official_is_enough_for_a_stop_and_none_is_not(place: Path | str) -> None:
    rows = out("stop")
    with Records.open(place) as records:
        records.commit(batch(0, *rows))
        with pytest.raises(InputError, match="a_person_decides"):
            lone = msgspec.structs.replace(rows[1], order_id="o2", person=None)
            records.commit(batch(1, msgspec.structs.replace(rows[0], order_id="o2"), lone))


def test_no_other_step_than_those_of_the_machine_can_be_saved(tmp_path: Path) -> None:
    draft, sent = out()[0], out()[-1]
    with Records.open(tmp_path) as records:
        for measure in MEASURES:
            for n, (before, after) in enumerate((b, a) for b in ("", *STATES) for a in STATES):
                if after in STEPS[measure].get(before, ()):
                    continue
                wrong = msgspec.structs.replace(
                    sent, order_id=f"{measure}{n}", measure=measure, from_state=before, to_state=after,
                    step=1 if before == "" else 2,
                )  # fmt: skip
                with pytest.raises(InputError, match="only_these_steps"):
                    records.commit(batch(0, wrong))
        records.commit(batch(0, draft))


@pytest.mark.parametrize(
    "broken",
    [{"step": 3}, {"from_state": "overdue"}, {"account": b"another account!"}, {"measure": "stop"}, {"order_id": "o9"},
     {"institution": "bank-9"}, {"currency": "USD"}],
    ids=str,
)  # fmt: skip
def test_a_step_must_follow_the_one_before_of_the_same_order(
    place: Path | str, broken: dict[str, str | int | bytes]
) -> None:
    *before, last = out()
    with Records.open(place) as records:
        records.commit(batch(0, *before))
        with pytest.raises(InputError, match=r"(?i)foreign key|a_step_follows|unique"):
            records.commit(batch(1, msgspec.structs.replace(last, **broken)))
        records.commit(batch(1, last))
        with pytest.raises(InputError, match=r"(?i)unique|pkey|duplicate"):
            records.commit(batch(2, last))


def test_an_order_in_force_needs_its_earlier_steps(place: Path | str) -> None:
    assert in_force(Book(shipped("cn")), want()).step == out("stop")[-1].step == 3
    with Records.open(place) as records, pytest.raises(InputError):
        records.commit(batch(0, out("stop")[-1]))


def test_a_log_of_the_first_release_gets_the_table_when_it_is_opened(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / LOG_FILE}")
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    with Records.open(tmp_path) as records:
        assert records.order_steps() == []
        records.commit(batch(0, *out()))
        assert len(records.order_steps()) == len(out())
