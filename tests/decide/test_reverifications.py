"""Re-verification of cards: the machine asks, a person limits, the clock ends, and doubt is decided for the holder."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stanch.decide.policy import parse_policy, plain_policy, policy_from_plain
from stanch.decide.reverifications import KINDS, Reverifications
from stanch.decide.reverify_case import OPEN, STEPS, ReverifyCase, ReverifyEvent
from stanch.decide.reverify_rules import ReverifyRules, WrittenReverify, reverify_rules
from stanch.decide.reverify_words import FLAWS, said
from stanch.model.columns import NULL
from stanch.model.errors import ConfigError, InputError
from stanch.model.time import DAY, HOUR

RULES = reverify_rules(WrittenReverify())
CARD, OTHER, HOLDER, CLERK = 1, 2, 10, 20


def event(kind: str, at: int, card: int = CARD, **columns: object) -> ReverifyEvent:
    return msgspec.structs.replace(ReverifyEvent(kind, at, card), **columns)


def issued(card: int = CARD, holder: int = HOLDER) -> ReverifyEvent:
    return event("card_issued", 0, card, stated=holder)


def limited(at: int, card: int = CARD) -> ReverifyEvent:
    return event("card_restricted", at, card, actor=CLERK, actor_kind="employee")


def told(*events: ReverifyEvent, until: int = 0, rules: ReverifyRules = RULES) -> Reverifications:
    book = Reverifications()
    for each in events:
        book.take(each, rules)
    book.tick(until)
    return book


def only(book: Reverifications) -> ReverifyCase:
    (case,) = book.cases()
    return case


ASKED = event("reverification_asked", DAY, number=50)
TWO_CARDS = (issued(), issued(OTHER))


def test_a_request_gives_time_and_restricts_nothing() -> None:
    case = only(told(*TWO_CARDS, ASKED))
    assert (case.state, case.level, case.due, case.proposal) == ("asked", 1, 16 * DAY, None)


def test_a_high_score_gives_less_time_and_a_graver_finding_never_more() -> None:
    strict = event("reverification_asked", 2 * DAY, number=60)
    assert only(told(*TWO_CARDS, strict)).due == 5 * DAY
    assert only(told(*TWO_CARDS, ASKED, strict)).due == 5 * DAY
    late = event("reverification_asked", 15 * DAY, number=90)
    assert only(told(*TWO_CARDS, ASKED, late)).due == 16 * DAY


def test_a_request_that_is_repeated_moves_no_deadline() -> None:
    again = event("reverification_asked", 9 * DAY, number=55)
    assert only(told(*TWO_CARDS, ASKED, again)) == only(told(*TWO_CARDS, ASKED))


def test_who_is_verified_in_time_hears_no_more_of_it() -> None:
    case = only(told(*TWO_CARDS, ASKED, event("recertified", 3 * DAY, detail="passed"), until=90 * DAY))
    assert (case.state, case.open) == ("passed", False)


def test_a_deadline_that_passes_only_puts_the_question_to_a_person() -> None:
    case = only(told(*TWO_CARDS, ASKED, until=16 * DAY))
    assert (case.state, case.proposal, case.decide_by, case.until) == ("overdue", "limit_outgoing", 18 * DAY, None)


def test_where_no_person_decides_nothing_follows() -> None:
    assert only(told(*TWO_CARDS, ASKED, until=18 * DAY)).state == "left"
    failed = event("recertified", 2 * DAY, detail="failed")
    assert only(told(*TWO_CARDS, ASKED, failed, until=4 * DAY)).state == "left"


def test_a_person_limits_a_card_and_the_clock_ends_it() -> None:
    book = told(*TWO_CARDS, ASKED, limited(17 * DAY))
    case = only(book)
    assert (case.state, case.decided_by, case.until, case.flaws) == ("limited", CLERK, 47 * DAY, ())
    book.tick(47 * DAY)
    assert (only(book).state, only(book).reason) == ("ended", "time_is_up")


def test_a_limit_that_is_said_again_is_not_renewed() -> None:
    case = only(told(*TWO_CARDS, ASKED, limited(17 * DAY), limited(40 * DAY)))
    assert case.until == 47 * DAY


@pytest.mark.parametrize("relief", [event("recertified", 18 * DAY, detail="passed"), event("cleared", 18 * DAY)])
def test_a_limit_is_lifted_in_the_moment_in_which_the_matter_is_clear(relief: ReverifyEvent) -> None:
    case = only(told(*TWO_CARDS, ASKED, limited(17 * DAY), relief))
    assert (case.state, case.changed_at) == ("lifted", 18 * DAY)


def test_an_objection_that_nobody_answers_ends_the_limit() -> None:
    book = told(*TWO_CARDS, ASKED, limited(17 * DAY), event("objection", 18 * DAY))
    assert (only(book).state, only(book).answer_by) == ("contested", 33 * DAY)
    book.tick(33 * DAY)
    assert (only(book).state, only(book).reason) == ("lifted", "objection_unanswered")


@pytest.mark.parametrize("cards", [(issued(),), (), (issued(), issued(OTHER, 99))])
def test_the_last_card_of_a_person_is_never_proposed_to_be_limited(cards: tuple[ReverifyEvent, ...]) -> None:
    case = only(told(*cards, ASKED, until=16 * DAY))
    assert (case.last_card, case.proposal) == (True, "last_card_stays_open")


def test_a_card_is_the_last_one_while_all_others_are_limited() -> None:
    book = told(*TWO_CARDS, event("reverification_asked", DAY, OTHER), limited(17 * DAY, OTHER), ASKED)
    book.tick(16 * DAY + HOUR + 17 * DAY)
    assert {case.card: case.last_card for case in book.cases()} == {OTHER: False, CARD: True}


def test_a_limit_that_nobody_answers_for_is_marked() -> None:
    book = told(issued(), event("card_restricted", DAY, actor=5, actor_kind="outlet"))
    assert only(book).flaws == ("nobody_named", "not_asked_before", "last_card_without_a_person")
    assert only(book).decided_by == NULL
    early = only(told(*TWO_CARDS, ASKED, limited(2 * DAY)))
    assert early.flaws == ("before_the_deadline",)
    assert set(FLAWS) >= {*only(book).flaws, *early.flaws}


def test_a_limit_told_again_for_the_score_of_the_outlet_is_still_that_persons() -> None:
    failed = event("recertified", 2 * DAY, detail="failed")
    outlet = event("card_restricted", 3 * DAY + 60, actor=5, actor_kind="outlet")
    once, twice = (only(told(*TWO_CARDS, ASKED, failed, limited(3 * DAY), *more)) for more in ((), (outlet,)))
    assert twice == once
    assert (twice.state, twice.decided_by, twice.flaws) == ("limited", CLERK, ())


def test_a_number_given_free_takes_its_request_along() -> None:
    case = only(told(*TWO_CARDS, ASKED, event("number_recycled", 2 * DAY)))
    assert case.state == "recycled"


_EVENTS = st.lists(
    st.builds(
        lambda kind, card, detail, actor, number: (kind, card, detail, actor, number),
        st.sampled_from(KINDS), st.integers(1, 4), st.sampled_from(["passed", "failed", ""]),
        st.sampled_from([("", NULL), ("employee", CLERK)]), st.sampled_from([NULL, 40, 80]),
    ),
    max_size=40,
)  # fmt: skip


def _history(drawn: list[Any], gaps: list[int]) -> list[ReverifyEvent]:  # Any: tuples of the strategy
    at, made = 0, []
    for (kind, card, detail, actor, number), gap in zip(drawn, gaps, strict=False):
        at += gap * 6 * HOUR
        made.append(ReverifyEvent(kind, at, card, NULL, HOLDER + card // 3, actor[1], actor[0], detail, number))
    return made


@settings(deadline=None, max_examples=150)
@given(_EVENTS, st.lists(st.integers(1, 40), min_size=40, max_size=40), st.integers(0, 40))
def test_only_a_person_limits_whatever_happens_and_a_saved_book_goes_on_alike(
    drawn: list[Any], gaps: list[int], cut: int
) -> None:
    history = _history(drawn, gaps)
    whole, first = Reverifications(), Reverifications()
    seen: dict[str, str] = {}
    for each in history:
        restricts = each.kind == "card_restricted"
        changed = [*whole.tick(each.at), *filter(None, [whole.take(each, RULES)])]
        for case in changed:
            assert case.state in STEPS[seen.get(case.id, "")]
            assert case.state != "limited" or restricts or seen[case.id] == "limited"
            seen[case.id] = case.state
    for each in history[:cut]:
        first.take(each, RULES)
    second = Reverifications()
    second.load(msgspec.json.decode(msgspec.json.encode(first.save())))
    for each in history[cut:]:
        for moment in range(each.at - 12 * HOUR, each.at, HOUR):  # ticks in between change nothing
            second.tick(moment)
        second.take(each, RULES)
    assert [*second.cases()] == [*whole.cases()]
    whole.tick(10_000 * DAY)
    assert not any(case.open for case in whole.cases()), "everything ends by itself"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_state_has_its_words_and_a_limit_says_what_stays_and_how_to_object(language: str) -> None:
    case = only(told(*TWO_CARDS, ASKED, limited(17 * DAY)))
    texts = {
        state: said(msgspec.structs.replace(case, state=state, answer_by=33 * DAY), language, UTC)
        for state in {*OPEN, *(to for ends in STEPS.values() for to in ends)}
    }
    assert all(text and "{" not in text for text in texts.values())
    assert "1970-02-17" in texts["limited"]
    assert "96110" in texts["limited"]
    with pytest.raises(InputError, match="no notices"):
        said(case, "xx", UTC)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"strict_from": 0}, "percentage"),
        ({"strict_answer": "1h"}, "people need time"),
        ({"answer": "2d"}, "people need time"),
        ({"lasts": "365d"}, "decide anew"),
        ({"hearing": "1m"}, "at least 1h"),
    ],
)
def test_rules_that_leave_people_no_time_are_refused(wrong: dict[str, Any], reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        reverify_rules(WrittenReverify(**wrong))


def test_the_rules_are_a_part_of_the_policy() -> None:
    from importlib.resources import files

    policy = parse_policy((files("stanch.decide") / "start.yaml").read_text("utf-8"), "start.yaml")
    assert policy.reverify == RULES
    assert policy_from_plain(plain_policy(policy), "again") == policy
