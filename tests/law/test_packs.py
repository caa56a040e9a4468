"""Claims about the law packs that ship, and about how a pack is read."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from importlib.resources import files

import pytest

from order_book import shipped
from stanch.law.pack import MARKS, Pack, pack_from_plain, parse_pack
from stanch.law.spans import Calendar, parse_span, shortest
from stanch.model.errors import ConfigError
from stanch.model.time import HOUR, to_datetime

COUNTRIES = ("cn", "in", "sg", "uk")
CN = (files("stanch.law") / "packs" / "cn.yaml").read_text(encoding="utf-8")


def moment(text: str, offset: int = 0) -> int:
    zone = timezone(timedelta(minutes=offset))
    return round(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1_000_000)


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_pack_survives_the_round_trip_and_names_its_sources(country: str) -> None:
    pack = shipped(country)
    again = pack_from_plain(pack.plain, "again")
    assert again == pack
    assert again.hash == pack.hash
    for term in pack.terms:
        assert term.source
        assert term.mark in MARKS
        assert term.basis.en
        assert term.basis.zh
        assert term.id.startswith(f"{country}.{term.measure}.")


@pytest.mark.parametrize(
    ("country", "measure", "lasts", "renewals", "approvals"),
    [
        ("cn", "stop", "48h", 1, 1),
        ("cn", "freeze", "6mo", None, 2),
        ("cn", "delay", "24h", 0, 0),
        ("in", "stop", "90d", 0, 1),
        ("sg", "stop", "30d", 5, 1),
        ("sg", "delay", "24h", 0, 0),
        ("uk", "delay", "4bd", 0, 1),
    ],
)
def test_the_terms_have_the_numbers_of_their_texts(
    country: str, measure: str, lasts: str, renewals: int | None, approvals: int
) -> None:
    term = shipped(country).term(measure, moment("2026-05-28"))
    assert (str(term.lasts), term.renewals, term.approvals) == (lasts, renewals, approvals)


def test_a_term_holds_from_its_first_day_in_the_zone_of_the_law() -> None:
    pack = shipped("cn")
    first = moment("2022-12-01", pack_offset(pack))
    assert pack.knows("query", first)
    assert not pack.knows("query", first - 1)
    with pytest.raises(ConfigError, match="no term for 'query' on 2022-11-30; it has freeze, return, stop"):
        pack.term("query", first - 1)


def pack_offset(pack: Pack) -> int:
    offset = pack.calendar.zone.utcoffset(None)
    assert offset is not None
    return round(offset / timedelta(minutes=1))


NEW_STOP = """  - id: cn.stop.2027
    measure: stop
    power: [police]
    lasts: 72h
    basis: {en: new, zh: 新}
    source: made up
    objection: police
    from: "2027-01-01"
    mark: chosen
"""


def test_what_changed_is_chosen_by_the_day() -> None:
    before, stop, after = CN.partition("  - id: cn.stop.2016\n")
    ended = after.replace("    mark:", '    until: "2027-01-01"\n    mark:', 1)
    text = before + NEW_STOP + stop + ended
    pack = parse_pack(text, "changed")
    assert str(pack.term("stop", moment("2026-12-31T23:59", 480)).lasts) == "48h"
    assert str(pack.term("stop", moment("2027-01-01", 480)).lasts) == "72h"


def test_a_proposal_is_never_chosen() -> None:
    text = CN.replace("  - id: cn.stop.2016\n", "  - id: cn.stop.2016\n    proposal: true\n")
    pack = parse_pack(text, "proposal")
    assert pack.by_id("cn.stop.2016").not_law
    with pytest.raises(ConfigError, match="no term for 'stop'"):
        pack.term("stop", moment("2026-05-28"))


WRONG = [
    ("lasts: 48h", "lasts: forever", "not a span"),
    ("lasts: 48h", "lasts: 60m", "within two hours"),
    ("measure: stop", "measure: seize", "known: delay, query"),
    ("power: [police]\n    level: county", "power: [neighbour]\n    level: county", "known: bank"),
    ("power: [police]\n    level: county", "power: []\n    level: county", "power: 'nothing'"),
    ("lasts: 6mo\n    renewals: null\n    approvals: 2", "lasts: 6mo\n    approvals: 1", "needs at least 2"),
    ("id: cn.freeze.2016", "id: cn.stop.2016", "stands twice"),
    ("id: cn.freeze.2016\n    measure: freeze", "id: cn.freeze.2016\n    measure: stop", "both give stop on one day"),
    ('from: "2022-12-01"', 'from: "some day"', "YYYY-MM-DD"),
    ("mark: secondary", "mark: surely", "known: read"),
    ("objection: police", "objection: heaven", "known: police"),
    ("  - id: cn.stop.2016", "  - colour: red\n    id: cn.stop.2016", "keys of a term: id"),
]


@pytest.mark.parametrize(("old", "new", "said"), WRONG)
def test_a_pack_that_cannot_be_is_refused_by_name(old: str, new: str, said: str) -> None:
    assert old in CN
    with pytest.raises(ConfigError, match=said) as caught:
        parse_pack(CN.replace(old, new, 1), "cn.yaml")
    assert "cn.yaml" in str(caught.value)


LONDON = Calendar(timezone(timedelta(hours=1)), frozenset({date(2026, 5, 4), date(2026, 5, 25)}))


@pytest.mark.parametrize(
    ("at", "end"),
    [
        ("2026-05-18T10:00", "2026-05-23T00:00"),  # Monday: Tuesday to Friday
        ("2026-05-20T23:59", "2026-05-28T00:00"),  # Wednesday: two days, a weekend, a bank holiday, two days
        ("2026-05-23T10:00", "2026-05-30T00:00"),  # Saturday before the bank holiday
    ],
)
def test_the_delay_of_the_uk_ends_with_the_fourth_business_day(at: str, end: str) -> None:
    term = shipped("uk").term("delay", moment(at, 60))
    assert term.lasts.end(moment(at, 60), LONDON) == moment(end, 60)


@pytest.mark.parametrize(
    ("at", "end"),
    [("2026-01-31T12:00", "2026-07-31T12:00"), ("2025-08-31T12:00", "2026-02-28T12:00"), ("2026-05-28", "2026-11-28")],
)
def test_six_months_are_months_of_the_calendar(at: str, end: str) -> None:
    assert parse_span("6mo").end(moment(at), Calendar()) == moment(end)


def test_no_span_is_shorter_than_it_says() -> None:
    begin = moment("2026-02-01T23:59")
    for text in ("3h", "2d", "1w", "1mo", "1bd", "4bd"):
        span = parse_span(text)
        assert span.end(begin, Calendar()) - begin >= shortest(span)
    assert to_datetime(parse_span("3h").end(begin, Calendar())).hour == 2
    assert parse_span("3h").end(begin, Calendar()) == begin + 3 * HOUR


def test_holidays_change_the_hash() -> None:
    pack = shipped("uk")
    assert pack.within(LONDON).hash != pack.hash
