"""The money of a world's victims: which instruction moved how much of it, and what arrives when some are stopped.

A flow is one victim's share of one instruction. What did not arrive cannot be sent on: each share is cut in proportion
to what arrived of the shares that funded it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from stanch.lab.truth_files import truth_file

Event = tuple[str, str]  #: source and event id


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
    def owner(self) -> tuple[str, str]:
        """Whose money it is: victim and scheme."""
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
    """What of the victims' money arrives, as instructions are stopped one after the other. One owner, the loop.

    ``sent`` fixes what an instruction carries at the moment it is sent; ``stop`` takes a part of it out.
    """

    def __init__(self, flows: Iterable[Flow]) -> None:
        self._flows: dict[Event, list[Flow]] = defaultdict(list)
        for flow in flows:
            self._flows[flow.event].append(flow)
        self._by_id = {event[1]: event for event in self._flows}
        self._sent: dict[Event, tuple[float, ...]] = {}
        self._kept: dict[Event, float] = {}

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

    def in_order(self) -> list[Event]:
        """Return the instructions so that each stands after all that fund it."""
        ordered: dict[Event, None] = {}
        for event in self._flows:
            self._after_its_funders(event, ordered)
        return list(ordered)

    def funded(self, event: Event) -> float:
        """Return the share, 0 to 1, of an instruction that its funders would pay for now."""
        return self._of(event, self._funds(event))

    def send(self, event: Event) -> float:
        """Note that an instruction is sent now; return the share of its amount that there is money for."""
        self._sent[event] = self._funds(event)
        return self._of(event, self._sent[event])

    def sent(self, event: Event) -> float:
        """Return the share of an instruction that was sent, or would be sent now."""
        return self._of(event, self.sent_parts(event))

    def sent_parts(self, event: Event) -> tuple[float, ...]:
        """Return, flow by flow, the share that was sent, or would be sent now."""
        return self._sent.get(event) or self._funds(event)

    def stop(self, event: Event, share: float = 1.0) -> None:
        """Take a share of what was sent out of the flow: it was delayed, or bounced."""
        self._kept[event] = min(self._kept.get(event, 1.0), 1.0 - share)

    def arrived(self, event: Event) -> float:
        """Return the share of an instruction's full amount that arrives."""
        return self._of(event, self.arrived_parts(event))

    def arrived_parts(self, event: Event) -> tuple[float, ...]:
        """Return, flow by flow, the share of the full amount that arrives."""
        kept = self._kept.get(event, 1.0)
        return tuple(share * kept for share in self.sent_parts(event))

    def _after_its_funders(self, event: Event, ordered: dict[Event, None]) -> None:
        if event not in ordered:
            for flow in self._flows[event]:
                for funder in flow.funded_by:
                    self._after_its_funders(self._by_id[funder], ordered)
            ordered[event] = None

    def _funds(self, event: Event) -> tuple[float, ...]:
        return tuple(self._funded_share(flow) for flow in self._flows[event])

    def _funded_share(self, flow: Flow) -> float:
        came = wanted = 0.0
        for funder in flow.funded_by:
            event = self._by_id[funder]
            for part, share in zip(self._flows[event], self.arrived_parts(event), strict=True):
                if part.owner == flow.owner:
                    came += part.amount * share
                    wanted += part.amount
        return came / wanted if wanted else 1.0

    def _of(self, event: Event, shares: tuple[float, ...]) -> float:
        flows = self._flows[event]
        total = sum(flow.amount for flow in flows)
        return sum(flow.amount * share for flow, share in zip(flows, shares, strict=True)) / total if total else 0.0
