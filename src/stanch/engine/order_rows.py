"""Orders as the log keeps them and as they leave the house: a row for each step, a message where somebody must act."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from stanch.decide.docket import Acted
from stanch.decide.orders import HOLDS, Change
from stanch.engine.line import Line
from stanch.store.rows import OrderStepRow, OutboxRow

#: Ends after which an institution that holds money must be told to let go.
_LIFTED = ("expired", "released")
#: Reasons for which the sum of an order that is out is lowered.
_LOWERED = ("not_wanted", "partly_cleared")


def step_rows(line: Line, acted: Sequence[Acted], seqs: Sequence[int]) -> list[OrderStepRow]:
    """Return the steps that orders took; ``seqs`` are the places in the log of the events that brought them about."""
    return [_row(line, each.change, seq) for each, seq in zip(acted, seqs, strict=True) if each.change is not None]


def messages(line: Line, acted: Sequence[Acted], seqs: Sequence[int]) -> list[OutboxRow]:
    """Return what must be sent: drafts to those who approve, orders and their end to the institution."""
    rows = []
    for each, seq in zip(acted, seqs, strict=True):
        topic = None if each.change is None else _topic(each.change)
        if each.change is not None and topic is not None:
            body = msgspec.json.encode(_body(line, each.change)).decode()
            rows.append(OutboxRow(f"{each.change.order.id}-{each.change.step}", seq, topic, body, each.change.at))
    return rows


def _topic(change: Change) -> str | None:
    if change.to == "drafted":
        return "approval"
    if change.to == "approved" and len(change.order.approvals) and change.from_ in ("drafted", "overdue"):
        return "order"
    if change.to == change.from_ and (change.reason == "renewed" or change.reason in _LOWERED):
        return "order"
    if change.to in _LIFTED and change.order.measure in HOLDS and change.from_ != "drafted":
        return "order"
    return None


def _row(line: Line, change: Change, seq: int) -> OrderStepRow:
    order, word = change.order, line.names.words.word
    officials = [_code(line, approval.official) for approval in order.approvals]
    return OrderStepRow(
        order_id=order.id, step=change.step, seq=seq, at=change.at, measure=order.measure,
        account=line.names.entities.pseudonym(order.account), institution=word(order.institution) or "",
        currency=word(order.currency) or "", from_state=change.from_, to_state=change.to, amount=order.amount,
        held=order.held, acts_as=change.power, reason=change.reason, term=order.term, basis=change.basis,
        objection=change.objection, power=order.power, actor=_actor(line, change),
        person=officials[-1] if officials else None, second=officials[-2] if len(officials) > 1 else None,
        until=change.until, follows=order.follows or None,
    )  # fmt: skip


def _body(line: Line, change: Change) -> dict[str, object]:
    order, word = change.order, line.names.words.word
    people = [_code(line, approval.official) for approval in order.approvals]
    return {
        "order": order.id, "step": change.step, "state": change.to, "measure": _asked(change),
        "account": line.names.entities.pseudonym(order.account).hex(), "institution": word(order.institution),
        "amount": order.held if change.to in _LIFTED else order.amount, "currency": word(order.currency),
        "payments": [line.funds.payments[report] for report in order.reports if line.funds.payments.get(report)],
        "basis": change.basis, "power": order.power, "person": people[-1] if people else None,
        "reason": change.reason, "until": change.until, "objection": change.objection, "follows": order.follows or None,
        **({"backed": order.backed} if change.to == "drafted" else {}), **({"ahead": True} if order.ahead else {}),
    }  # fmt: skip


def _asked(change: Change) -> str:
    """What the institution is asked to do: what has ended is to be released."""
    return "release" if change.to in _LIFTED else change.order.measure


def _actor(line: Line, change: Change) -> str | None:
    if change.actor is None:
        return None
    if change.power == "institution":
        return line.names.words.word(change.actor)
    return _code(line, change.actor)


def _code(line: Line, entity: int) -> str:
    return line.names.entities.pseudonym(entity).hex()
