"""What the table of notices takes, and what it cannot be made to take."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from stanch.model.errors import InputError
from stanch.store.records import Records
from stanch.store.rows import NoticeRow, OutboxRow
from store.test_order_steps import batch, life

STEPS = life()
STOP = next(row for row in STEPS if row.measure == "stop" and row.to_state == "in_force")


def notice(language: str = "en", **changed: object) -> NoticeRow:
    row = NoticeRow(
        STOP.order_id, STOP.step, language, 0, STOP.at, STOP.measure, STOP.to_state, STOP.account, STOP.institution,
        "4.00 CNY on your account cannot be paid out.", STOP.until,
    )  # fmt: skip
    return msgspec.structs.replace(row, **changed)


def test_notices_are_saved_with_their_step_and_read_back(place: Path | str) -> None:
    with Records.open(place) as records:
        commit = batch(0, *STEPS)
        message = OutboxRow("n", 0, "notice", "{}", 1)
        records.commit(msgspec.structs.replace(commit, notices=(notice("zh"), notice("en")), outbox=(message,)))
        assert records.notices() == [notice("en"), notice("zh")]
        assert records.notices(STOP.order_id) == records.notices()
        assert records.notices("another") == []
        assert records.sent(["n", "m"]) == {}
        records.mark_sent(["n"], 99)
        assert records.sent(["n", "m"]) == {"n": 99}


@pytest.mark.parametrize(
    "wrong",
    [notice(measure="query"), notice(text=""), notice(step=99), notice(order_id="o-never")],
    ids=["of a query", "without words", "of no step", "of no order"],
)
def test_a_wrong_notice_takes_its_whole_batch_with_it(place: Path | str, wrong: NoticeRow) -> None:
    with Records.open(place) as records:
        with pytest.raises(InputError, match="breaks a rule"):
            records.commit(msgspec.structs.replace(batch(0, *STEPS), notices=(wrong,)))
        assert records.last_seq() == -1
        assert records.order_steps() == []


def test_one_step_is_told_once_in_each_language(place: Path | str) -> None:
    with Records.open(place) as records:
        with pytest.raises(InputError, match="breaks a rule"):
            records.commit(msgspec.structs.replace(batch(0, *STEPS), notices=(notice(), notice(text="again"))))
        assert records.notices() == []
