"""The money of a world's victims: which instruction moved how much of it, and what arrives when some are stopped.

A flow is one victim's share of one instruction. What did not arrive cannot be sent on: each flow draws on what the
flows that fund it brought, in turn, as far as that goes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from stanch.lab.truth_files import truth_file

Event = tuple[str, str]  #: source and event id
Owner = tuple[str, str]  #: victim and scheme
Draw = tuple["Event | None", int]  #: the event that brought the money (None: the victim's own), and how much of it


@dataclass(frozen=True, slots=True)
class Flow:
    """One victim's share of one instruction, in minor units; ``funded_by`` is empty for the victim's own payment."""

    event: Event
    case: str
    victim: str
    scheme: str
    funded_by: tuple[str, ...]
    amount: int

    @property
    def owner(self) -> Owner:
        """Whose money it is."""
        return self.victim, self.scheme


def read_flows(truth: Path) -> list[Flow]:
    """Return the flows of a world's truth. Raises InputError if there is no such file."""
    return [
        Flow(
            (row["source"], row["event_id"]),
            row["case"],
            row["victim"],
            row["scheme"],
            tuple(row["funded_by"]),
            row["amount"],
        )
        for row in pq.read_table(truth_file(truth, "flows")).to_pylist()
    ]


class Money:
    """What of the victims' money moves on, as instructions are sent and stopped one after the other. One owner.

    Each flow draws on what its funders brought and what is left of it, so nothing is spent twice. Shares are 0 to 1.
    """

    def __init__(self, flows: Iterable[Flow]) -> None:
        self._flows: dict[Event, list[Flow]] = defaultdict(list)
        for flow in flows:
            self._flows[flow.event].append(flow)
        self._by_id = {event[1]: event for event in self._flows}
        self._draws: dict[Event, list[list[Draw]]] = {}
        self._drawn: dict[tuple[Event, Owner], int] = defaultdict(int)
        self._stopped: set[Event] = set()

    def __contains__(self, event: Event) -> bool:
        """Tell whether an instruction moves a victim's money."""
        return event in self._flows

    def is_payment(self, event: Event) -> bool:
        """Tell whether an instruction is a victim's own payment."""
        return any(not flow.funded_by for flow in self._flows.get(event, ()))

    @property
    def events(self) -> Mapping[Event, list[Flow]]:
        """Each instruction with its flows."""
        return self._flows

    def send(self, event: Event) -> float:
        """Note that an instruction is sent now; return the share of its amount that there is money for."""
        self._draws[event] = [self._draw(flow) for flow in self._flows[event]]
        return self.sent(event)

    def stop(self, event: Event) -> None:
        """Take what was sent out of the flow: it is held where it was."""
        self._stopped.add(event)

    def bounce(self, event: Event) -> None:
        """Take what was sent out of the flow, and give back to its account what is there."""
        self._stopped.add(event)
        for flow, draws in zip(self._flows[event], self._draws[event], strict=True):
            for funder, amount in draws:
                if funder is not None:
                    self._drawn[funder, flow.owner] -= amount

    def sent(self, event: Event) -> float:
        """Return the share of an instruction's full amount that was sent."""
        return self._share(event, self.sent_parts(event))

    def backed(self, event: Event) -> float:
        """Return the share that was sent and that its funders still pay for."""
        return self._share(event, self._backed(event))

    def arrived(self, event: Event) -> float:
        """Return the share that arrives."""
        return self._share(event, self.arrived_parts(event))

    def sent_parts(self, event: Event) -> list[float]:
        """Return, flow by flow, the minor units that were sent."""
        return [float(sum(amount for _, amount in draws)) for draws in self._draws.get(event, ())]

    def arrived_parts(self, event: Event) -> list[float]:
        """Return, flow by flow, the minor units that arrive."""
        return [0.0] * len(self._flows[event]) if event in self._stopped else self._backed(event)

    def _draw(self, flow: Flow) -> list[Draw]:
        if not flow.funded_by:
            return [(None, flow.amount)]
        draws: list[Draw] = []
        need = flow.amount
        for event in (self._by_id[funder] for funder in flow.funded_by):
            key = (event, flow.owner)
            amount = min(need, int(self._arrived_of(*key)) - self._drawn[key])
            if amount > 0:
                draws.append((event, amount))
                self._drawn[key] += amount
                need -= amount
        return draws

    def _backed(self, event: Event) -> list[float]:
        flows = zip(self._flows[event], self._draws.get(event, ()), strict=False)
        return [sum(amount * self._ratio(funder, flow.owner) for funder, amount in draws) for flow, draws in flows]

    def _ratio(self, funder: Event | None, owner: Owner) -> float:
        if funder is None:
            return 1.0
        sent = self._of(funder, owner, self.sent_parts(funder))
        return self._arrived_of(funder, owner) / sent if sent else 0.0

    def _arrived_of(self, event: Event, owner: Owner) -> float:
        return self._of(event, owner, self.arrived_parts(event))

    def _of(self, event: Event, owner: Owner, parts: list[float]) -> float:
        flows = zip(self._flows[event], parts, strict=False)  # nothing was sent: no parts
        return sum(part for flow, part in flows if flow.owner == owner)

    def _share(self, event: Event, parts: list[float]) -> float:
        total = sum(flow.amount for flow in self._flows[event])
        return sum(parts) / total if total else 0.0
