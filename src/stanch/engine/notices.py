"""Notices as the log keeps them and as they leave the house: a text for the holder beside each step they must hear of.

The institution that holds the account knows the person: it gets the text and passes it on.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Final

import msgspec
import numpy as np

from stanch.decide.notices import notice
from stanch.decide.orders import Change
from stanch.engine.line import Line, Outcome
from stanch.model.columns import INDEX
from stanch.model.time import to_datetime
from stanch.store.records import Records
from stanch.store.rows import NoticeRow, OutboxRow

#: The topic of notices in the outbox.
TOPIC: Final = "notice"


class NoticeLine(msgspec.Struct, frozen=True):
    """One notice as people read it; moments in UTC, ``taken_at`` is None until the institution has taken it."""

    at: str
    order: str
    step: int
    measure: str
    state: str
    institution: str
    language: str
    taken_at: str | None
    text: str


def told(records: Records, order: str | None = None, language: str | None = None) -> list[NoticeLine]:
    """Return the notices of a log in the order of the steps, about one order or in one language where given."""
    rows = [row for row in records.notices(order) if language in (None, row.language)]
    sent = records.sent([message_of(row.order_id, row.step) for row in rows])
    return [
        NoticeLine(
            _day(row.at), row.order_id, row.step, row.measure, row.state, row.institution, row.language,
            None if (at := sent.get(message_of(row.order_id, row.step))) is None else _day(at), row.text,
        )
        for row in rows
    ]  # fmt: skip


def notice_rows(line: Line, outcome: Outcome, seqs: Sequence[int]) -> list[NoticeRow]:
    """Return what holders are told of the steps of orders; ``seqs`` are the places of the events behind the steps."""
    rows = []
    for each, seq in zip(outcome.acted, seqs, strict=True):
        if each.change is not None:
            rows += _told(line, each.change, seq, _holder(line, outcome, each.row, each.change.order.account))
    return rows


def notice_messages(rows: Sequence[NoticeRow]) -> list[OutboxRow]:
    """Return one message a step, with its text in each language; ``account`` is the pseudonym in hex."""
    messages = []
    for (order_id, step), group in groupby(rows, key=lambda row: (row.order_id, row.step)):
        texts = list(group)
        body = {
            "order": order_id, "step": step, "state": texts[0].state, "measure": texts[0].measure,
            "account": texts[0].account.hex(), "institution": texts[0].institution, "until": texts[0].until,
            "texts": {row.language: row.text for row in texts},
        }  # fmt: skip
        text = msgspec.json.encode(body).decode()
        messages.append(OutboxRow(message_of(order_id, step), texts[0].seq, TOPIC, text, texts[0].at))
    return messages


def message_of(order_id: str, step: int) -> str:
    """Return the id of the message about a step: it sorts after that of the order itself."""
    return f"{order_id}-{step}-notice"


def _told(line: Line, change: Change, seq: int, holder: int) -> list[NoticeRow]:
    order, word = change.order, line.names.words.word
    found = [
        notice(change, line.funds.docket.book.pack, word(order.currency) or "", language)
        for language in line.audience.languages.of(holder, change.at)
    ]
    return [
        NoticeRow(
            order.id, change.step, each.language, seq, change.at, order.measure, change.to,
            line.names.entities.pseudonym(order.account), word(order.institution) or "", each.text,
            change.until if change.to == "in_force" else None,
        )
        for each in found if each is not None
    ]  # fmt: skip


def _holder(line: Line, outcome: Outcome, row: int, account: int) -> int:
    """Return who held an account when a row came: what later rows of the batch state about it is not known yet."""
    rows = outcome.arrivals.rows[max(row, 0) :]
    about = np.flatnonzero((rows[:, INDEX["src"]] == account) | (rows[:, INDEX["dst"]] == account))
    if not len(about):
        return line.holders.holder(account)
    first = rows[about[0]]
    return int(first[INDEX["dst_person" if first[INDEX["dst"]] == account else "src_person"]])


def _day(micros: int) -> str:
    return f"{to_datetime(micros):%Y-%m-%d %H:%M}"
