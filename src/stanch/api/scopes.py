"""Scopes: what a key may do, and which kinds of events it may send."""

from __future__ import annotations

from typing import Final

from stanch.model.kinds import INTERNAL, KINDS

#: What a key may do in its institution's name. ``operate`` alone reaches beyond it: to the rules that decide on
#: everybody's events, and figures of the whole deployment.
SCOPES: Final = ("decide", "read", "report", "administer", "query", "gateway", "operate")

#: What people and institutions say about frauds and measures.
_REPORTED: Final = frozenset({"fraud_reported", "report_withdrawn", "warning_answered", "freeze_answered", "objection"})
#: What gives somebody a power, puts somebody on a list or ends a measure: for the house itself.
_ADMINISTERED: Final = frozenset(
    {"employed", "listed", "unlisted", "order_approved", "order_declined", "confirmed", "cleared", "pattern_found"}
)

#: Kind of event -> the scope that a key needs to send it.
SCOPE_OF_KIND: Final[dict[str, str]] = {
    kind: "report" if kind in _REPORTED else "administer" if kind in _ADMINISTERED else "decide"
    for kind in KINDS
    if kind not in INTERNAL
}
