"""Clear events to resolved rows, the slow and simple way: facets from the spelling, holders from earlier events."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from stanch.model.columns import ENTITIES
from stanch.model.entities import SCHEMES
from stanch.model.time import AS_OF_STEP, HOUR

_LOCAL: Final = 8 * HOUR  # the clock of the hour column in scenarios
_CONTACT: Final = re.compile(r"https?://\S+|(?<!\d)1\d{10}(?!\d)")
_HOLDING: Final = frozenset({"card_issued", "iot_sold", "account_opened", "user_registered", "company_registered"})

Row = dict[str, Any]  # a cell is whatever its column holds: int, str or None


def naive_rows(events: Sequence[Mapping[str, object]]) -> list[Row]:
    """Return rows in log order with facets, ``seq``, ``as_of`` and who is behind, as the line would write them."""
    holders: dict[str, str] = {}
    cards: dict[str, str] = {}
    rows: list[Row] = []
    for seq, event in enumerate(events):
        row = {**_pseudonymous(event), **_facets(event), "seq": seq, "late": 0}
        moment = min(row["happened_at"], row["known_at"])
        row["as_of"] = max(moment, rows[-1]["as_of"] + AS_OF_STEP) if rows else moment
        for role in ("src", "dst"):
            row[f"{role}_person"] = holders.get(row.get(role, ""))
            row[f"{role}_card"] = cards.get(row.get(role, ""))
        rows.append(row)
        if row["kind"] in _HOLDING and row.get("holder"):
            holders[row["dst"]] = row["holder"]
        if row["kind"] == "bound":
            cards[row["dst"]] = row["src"]
    return rows


def _pseudonymous(event: Mapping[str, object]) -> Row:
    """Entities by scheme, so that one phone number is one entity whatever kind a sender calls it."""
    return {key: _entity(str(value)) if key in ENTITIES else value for key, value in event.items()}


def _entity(clear: str) -> str:
    kind, _, identifier = clear.partition(":")
    return f"{SCHEMES[kind]}:{identifier}"


def _facets(event: Mapping[str, object]) -> Row:
    facets: Row = {"hour": (int(str(event["happened_at"])) + _LOCAL) // HOUR % 24}
    for role in ("src", "dst"):
        if role in event:
            kind, _, identifier = str(event[role]).partition(":")
            facets |= {f"{role}_{key}": value for key, value in _spelled(kind, identifier).items()}
    if "address" in event:
        facets["subnet"] = str(event["address"]).rpartition(".")[0]
    return facets | _text_facets(str(event.get("text", "")))


def _spelled(kind: str, identifier: str) -> Row:
    if kind in ("card", "iot_card"):
        national = identifier.removeprefix("+86")
        known = {13: "iot", 11: "mobile", 5: "short"}.get(len(national), "other")
        known = "port" if national.startswith("106") and known == "other" else known
        return {"kind": kind, "country": "CN", "type": known, "range": national[:7]}
    return {"kind": kind, "bin": identifier[:6]} if kind == "account" else {"kind": kind}


def _text_facets(text: str) -> Row:
    if not text:
        return {}
    found = _CONTACT.findall(text)
    digest = zlib.crc32("".join(_CONTACT.sub("", text).split()).encode())
    return {"contacts": len(found), "contact": _contact(found[0]) if found else None, "text_digest": digest}


def _contact(found: str) -> str:
    """Return the domain that a link leads to, or the number: the same entity as where it is opened or called."""
    host = found.partition("//")[2].partition("/")[0]
    return _entity(f"domain:{host}" if host else f"card:+86{found}")
