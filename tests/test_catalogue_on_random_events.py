"""The whole catalogue on events without any sense: the compiled line and the slow twin agree, number by number."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from compiled_line import hits, observed
from naive import naive_condition, naive_feature
from naive_rows import naive_rows
from stanch.lab.scenarios.scenario import ClearEvent
from stanch.model.kinds import CAUSED, INTERNAL, KINDS, Kind
from stanch.model.time import DAY, HOUR, MINUTE, SECOND
from stanch.store.catalogue_files import load_shipped
from stanch.typologies.catalogue import make_catalogue
from stanch.typologies.definition import Typology

CATALOGUE = load_shipped()
WHOLE = make_catalogue(CATALOGUE.typologies)

_START = 1_772_416_800 * SECOND
_STEPS = (0, 1, 7, SECOND, 90 * SECOND, 5 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, DAY)
_TEXTS = (None, "主队必胜", "联系 http://a.example.com", "联系 http://b.example.com", "联系 13800138001")
_DETAILS = ("birth_year", "lives_alone", "known_business", "essential_payee", "call_centre", "tip", "general")
_CARDS = ("+8613800138001", "+8613800138002", "1064800000001")


def sensible_kinds() -> list[Kind]:
    named = {kind for feature in CATALOGUE.features.values() for kind in getattr(feature, "kinds", ())}
    judged = {typology.on for typology in CATALOGUE.typologies}
    facts = {"profile", "listed", "unlisted", "bound", "number_recycled", "sim_swapped"}
    return [KINDS[name] for name in sorted((named | judged | facts) - CAUSED - INTERNAL)]


def senseless_events(seed: int, number: int) -> list[ClearEvent]:
    """Return events of few entities, so that every window fills, at times that meet the edges of windows."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    kinds, clock, events = sensible_kinds(), _START, list[ClearEvent]()
    for at in range(number):
        clock += chance.choice(_STEPS)
        kind = chance.choice(kinds)
        entities = {"src": some(chance, kind.src), "dst": some(chance, kind.dst or ("account", "company"))}
        entities |= {"holder": some(chance, ("person", "company")), "device": some(chance, ("device",))}
        entities |= {role: None for role in ("holder", "device") if chance.random() < 0.2}
        entities |= {"address": chance.choice((None, "address:198.51.100.1", "address:203.0.113.9"))}
        facts = {"detail": chance.choice(_DETAILS), "number": chance.choice((None, 0, 1, 1961, 2010))}
        facts |= {"amount": chance.choice((None, 0, 100, 5_000, 500_000)), "currency": chance.choice(("CNY", "JPY"))}
        facts |= {"duration": chance.choice((0, 5, 6, 60)), "text": chance.choice(_TEXTS)}
        given = {key: value for key, value in (entities | facts).items() if value is not None}
        events.append({**given, "kind": kind.name, "event_id": str(at), "happened_at": clock, "known_at": clock})
    return events


def some(chance: random.Random, kinds: Sequence[str]) -> str | None:
    if not kinds:
        return None
    kind = chance.choice(kinds)
    return f"{kind}:{chance.choice(_CARDS) if kind in ('card', 'iot_card') else chance.randrange(3)}"


@pytest.mark.parametrize("typology", [t for t in WHOLE.typologies if t.in_sql], ids=lambda typology: typology.id)
def test_compiled_and_slow_agree_on_events_without_sense(typology: Typology) -> None:
    rows = naive_rows(senseless_events(seed=sum(typology.id.encode()), number=400))
    places = [at for at, row in enumerate(rows) if row["kind"] == typology.on]
    slow = [{name: naive_feature(rows, at, feature) for name, feature in typology.features.items()} for at in places]
    assert observed(WHOLE, typology, rows, 64) == slow
    told = zip(places, slow, strict=True)
    judged = [
        at for at, known in told if naive_condition(typology.when.tree, rows[at], {**known, **typology.parameters})
    ]
    assert hits(WHOLE, typology, rows) == judged
