"""Who is who in files of records: bindings that are sure, proposals for a person, and the events that offer both."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from stanch.intake.items.count import Problem
from stanch.intake.link.cluster import CONTRADICTED, Joined, join, percent, sureness
from stanch.intake.link.mapping import LinkMap
from stanch.intake.link.records import Record, read_records
from stanch.intake.link.score import Scored, Weight, score
from stanch.model.errors import InputError
from stanch.model.kinds import SURE

_ID: Final = 8  # bytes
#: The confidence of what a person says, and of a proposal at most.
_SAID: Final = 100


@dataclass(frozen=True, slots=True)
class Link:
    """Two entities that are one, or may be: ``src`` stands for ``dst``.

    ``confidence`` is 0 to 1; ``bound`` tells whether it is sure enough, ``why`` what a person should know, ``decided``
    the comparison that decided, ``weights`` all of them for the pair of records that speaks most for it.
    """

    id: str
    src: str
    dst: str
    confidence: float
    bound: bool
    why: str
    decided: str
    weights: tuple[Weight, ...]


@dataclass(frozen=True, slots=True)
class LinkReport:
    """What was read and found. ``clusters`` are the entities that are one, the first standing for all."""

    rows: int
    records: int
    without_id: int
    broken: int
    unread: dict[str, int]
    every_pair_compared: bool
    learned: bool
    left_out: tuple[str, ...]
    clusters: tuple[tuple[str, ...], ...]
    links: tuple[Link, ...]
    problems: tuple[Problem, ...]


def find_links(paths: Sequence[Path], mapping: LinkMap) -> LinkReport:
    """Find who is who in files. Raises InputError where a file cannot be read or lacks a column."""
    found = read_records(paths, mapping)
    scores = score(found.table(), mapping.propose_from, mapping.recall)
    entities = [record.entity for record in found.records]
    joined = join(entities, _documents(found.records), scores.pairs)
    links = (*_bindings(entities, joined), *_proposals(entities, joined))
    clusters = (tuple(dict.fromkeys(entities[place] for place in group)) for group in joined.groups)
    return LinkReport(
        found.rows, len(entities), found.without_id, found.broken, found.unread,
        scores.every_pair, scores.learned, scores.left_out,
        tuple(group for group in clusters if len(group) > 1), links, tuple(found.problems),
    )  # fmt: skip


def bound_events(
    report: LinkReport, mapping: LinkMap, at: str, accepted: Collection[str] = (), by: str = ""
) -> list[bytes]:
    """Return each link as a ``bound`` event in our own form, one JSON line each; ``at`` is the moment, ISO with a zone.

    A proposal teaches nothing unless its id is among ``accepted``; then ``by`` (who decided) stands in it. Raises
    InputError for an id that is no proposal.
    """
    unknown = sorted(set(accepted) - {link.id for link in report.links if not link.bound})
    if unknown:
        raise InputError(f"no proposal {unknown[0]!r}; --json lists them with their ids")
    events = [_event(link, mapping.source, at, by if link.id in accepted else "") for link in report.links]
    return [msgspec.json.encode({"event_id": _digest(msgspec.json.encode(event)), **event}) for event in events]


def _event(link: Link, source: str, at: str, by: str) -> dict[str, object]:
    number = _SAID if by else min(percent(link.confidence), SURE - 1 if not link.bound else _SAID)
    detail = "said_by_a_person" if by else "linked" if link.bound else "proposed"
    attrs = {"confidence": link.confidence, "decided": link.decided, **({"by": by} if by else {})}
    return {
        "source": source, "happened_at": at, "known_at": at, "kind": "bound",
        "src": link.src, "dst": link.dst, "detail": detail, "number": number,
        "attrs": msgspec.json.encode(attrs).decode(),
    }  # fmt: skip


def _documents(records: Sequence[Record]) -> dict[int, str]:
    return {n: record.cells["checked"] for n, record in enumerate(records) if "checked" in record.cells}


def _bindings(entities: Sequence[str], joined: Joined) -> list[Link]:
    """Bind each entity of a group to the first: one star a group."""
    speaks = {max(tie.left, tie.right): tie for tie in reversed(joined.ties)}
    links: list[Link] = []
    for group in joined.groups:
        sure = sureness(group, [*joined.ties, *_same(entities, group)])
        told = {entities[group[0]]}
        for place in group[1:]:
            if entities[place] not in told:
                told.add(entities[place])
                tie = speaks.get(place) or _tie_of(entities, place, joined.ties)
                links.append(_link(entities[group[0]], entities[place], sure[place], tie, ""))
    return links


def _same(entities: Sequence[str], group: Sequence[int]) -> list[Scored]:
    """Return the ties between records of one entity: these are certain."""
    first: dict[str, int] = {}
    pairs = [(first.setdefault(entities[place], place), place) for place in group]
    return [Scored(a, b, 1.0, ()) for a, b in pairs if a != b]


def _tie_of(entities: Sequence[str], place: int, ties: Sequence[Scored]) -> Scored:
    """Return the surest tie that any record of an entity has."""
    return next(tie for tie in ties if entities[place] in (entities[tie.left], entities[tie.right]))


def _proposals(entities: Sequence[str], joined: Joined) -> list[Link]:
    return [
        _link(entities[each.pair.left], entities[each.pair.right], each.pair.confidence, each.pair, each.why)
        for each in joined.proposals
    ]


def _link(src: str, dst: str, confidence: float, pair: Scored, why: str) -> Link:
    return Link(
        _digest("\x1f".join((src, dst)).encode()),
        src,
        dst,
        confidence,
        not why,
        why,
        _decided(pair.weights, why),
        pair.weights,
    )


def _digest(text: bytes) -> str:
    return hashlib.blake2b(text, digest_size=_ID).hexdigest()


def _decided(weights: Sequence[Weight], why: str) -> str:
    """Return the level that decided: what spoke most for a binding, what spoke most against a proposal."""
    if why == CONTRADICTED:
        return "another valid document"
    sign = -1 if why else 1
    against = [each for each in weights if each.weight * sign > 0]
    return (against or list(weights))[0].level if weights else ""
