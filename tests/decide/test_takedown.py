"""The takedown list: who is asked until when, what became of it, and how sure a miss rate is."""

from __future__ import annotations

from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stanch.decide.takedown import (
    FOUND,
    IN_TIME,
    LATE,
    OPEN,
    OVERDUE,
    SAME_CONTACT,
    Post,
    Terms,
    miss_rate,
    stood,
    tasks,
)

TERMS = Terms(term=24, urgent=2, urgent_from=0.6, same_contact=100)


def post(name: str, posted: int, *, removed: int | None = None, score: float = 0.0, contact: int | None = None) -> Post:
    return Post("platform", name, contact, posted, removed, score, ("internet.same_contact",) if score else ())


def states(*posts: Post, now: int) -> list[tuple[str, str, str, int]]:
    return [(task.post.event_id, task.why, task.state, task.due) for task in tasks(posts, TERMS, now)]


def test_what_is_overdue_comes_first_and_then_what_is_due_first() -> None:
    listed = states(
        post("slow", 90, score=0.5), post("urgent", 99, score=0.7), post("missed", 10, score=0.5),
        post("in time", 10, removed=30, score=0.5), post("late", 10, removed=35, score=0.5), post("harmless", 10),
        now=100,
    )  # fmt: skip
    assert listed == [
        ("missed", FOUND, OVERDUE, 34),
        ("urgent", FOUND, OPEN, 101),
        ("slow", FOUND, OPEN, 114),
        ("late", FOUND, LATE, 34),
        ("in time", FOUND, IN_TIME, 34),
    ]


def test_a_deadline_is_met_to_the_last_moment_and_not_after_it() -> None:
    assert states(post("x", 0, score=0.5), now=24)[0][2] == OPEN
    assert states(post("x", 0, score=0.5), now=25)[0][2] == OVERDUE
    assert states(post("x", 0, removed=24, score=0.5), now=99)[0][2] == IN_TIME
    assert states(post("x", 0, removed=25, score=0.5), now=99)[0][2] == LATE


def test_the_first_posts_of_a_campaign_are_asked_for_once_it_is_found() -> None:
    listed = states(
        post("first", 0, contact=7), post("found", 50, score=0.5, contact=7), post("far", 151, contact=7), now=60
    )
    assert listed == [("first", SAME_CONTACT, OPEN, 74), ("found", FOUND, OPEN, 74)]


def test_posts_without_a_contact_have_nothing_in_common() -> None:
    assert [name for name, *_ in states(post("found", 0, score=0.5), post("other", 1), now=5)] == ["found"]


def test_what_was_down_before_it_was_asked_for_was_in_time() -> None:
    listed = states(post("early", 0, removed=3, contact=7), post("found", 50, score=0.7, contact=7), now=51)
    assert ("early", SAME_CONTACT, IN_TIME, 52) in listed


def test_copies_are_other_posts_with_the_contact_that_still_stand() -> None:
    posts = [post("a", 0, score=0.5, contact=7), post("b", 1, contact=7), post("c", 2, removed=3, contact=7)]
    assert {task.post.event_id: task.copies for task in tasks(posts, TERMS, 9)} == {"a": 1, "b": 1, "c": 2}


posts_of = st.lists(
    st.tuples(
        st.integers(0, 300),
        st.none() | st.integers(0, 300),
        st.sampled_from([0.0, 0.3, 0.6]),
        st.none() | st.integers(0, 2),
    ),
    max_size=12,
)


@settings(deadline=None)
@given(posts_of, st.integers(300, 400))
def test_the_list_is_what_loops_say(rows: list[tuple[int, int | None, float, int | None]], now: int) -> None:
    posts = [
        post(str(at), posted, removed=None if gone is None else max(gone, posted), score=score, contact=contact)
        for at, (posted, gone, score, contact) in enumerate(sorted(rows, key=lambda row: row[0]))
    ]
    listed = tasks(posts, TERMS, now)
    assert {task.post.event_id for task in listed} == {each.event_id for each in posts if asked(each, posts)}
    for task in listed:
        since, score = asked(task.post, posts)[0]
        assert task.due == since + (2 if score >= 0.6 else 24)
        gone = now + 1 if task.post.removed is None else task.post.removed
        open_ = task.post.removed is None
        assert task.state == (
            (OPEN if now <= task.due else OVERDUE) if open_ else IN_TIME if gone <= task.due else LATE
        )
    ranks = [([OVERDUE, OPEN, LATE, IN_TIME].index(task.state), task.due, -task.score) for task in listed]
    assert ranks == sorted(ranks)


def asked(one: Post, posts: list[Post]) -> list[tuple[int, float]]:
    if one.score:
        return [(one.posted, one.score)]
    same = [o for o in posts if o.score and o.contact is not None and o.contact == one.contact]
    near = [o for o in same if abs(o.posted - one.posted) <= TERMS.same_contact]
    return [(max(one.posted, min(o.posted for o in near)), max(o.score for o in near))] if near else []


@pytest.mark.parametrize("of", [5, 20, 80])
@pytest.mark.parametrize("truth", [0.1, 0.3, 0.7])
def test_the_interval_holds_the_truth_nearly_as_often_as_it_says(truth: float, of: int) -> None:
    covered = 0.0
    for missed in range(of + 1):
        rate = miss_rate(missed, of)
        assert rate.low is not None
        assert rate.high is not None
        if rate.low <= truth <= rate.high:
            covered += comb(of, missed) * truth**missed * (1 - truth) ** (of - missed)
    assert covered >= 0.9


def test_of_nothing_no_rate_is_told() -> None:
    assert miss_rate(0, 0).share is None
    none, every = miss_rate(0, 10), miss_rate(10, 10)
    assert none.low == 0
    assert every.high == pytest.approx(1)
    assert none.high is not None
    assert none.high > 0.2


def test_a_probe_is_missed_when_its_term_is_over_and_unsettled_before() -> None:
    assert stood(post("p", 0), TERMS, now=24) is None
    assert stood(post("p", 0), TERMS, now=25) is True
    assert stood(post("p", 0, removed=24), TERMS, now=99) is False
    assert stood(post("p", 0, removed=25), TERMS, now=99) is True
