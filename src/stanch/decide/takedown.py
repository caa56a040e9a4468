"""Posts to take down: which are asked for, until when, what became of them, and what a platform misses.

A post is on the list because a finding rests on it, or because it carries a contact that such a finding rests on. The
list is work for people: it says where to look until when, and of nobody that they did wrong.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

#: States of a post on the list. A post that was removed before anything was found on it was removed in time.
OPEN, OVERDUE, IN_TIME, LATE = "open", "overdue", "removed in time", "removed late"
STATES: Final = (OVERDUE, OPEN, LATE, IN_TIME)

#: Why a post is on the list: a finding rests on it, or it carries the contact of one on which a finding rests.
FOUND, SAME_CONTACT = "found", "same contact"

_NORMAL: Final = 1.959964  #: of the normal distribution, for 95 percent on both sides


@dataclass(frozen=True, slots=True)
class Terms:
    """What the policy grants a platform, in microseconds; ``urgent`` from the score ``urgent_from`` on."""

    term: int
    urgent: int
    urgent_from: float
    same_contact: int

    def due(self, since: int, score: float) -> int:
        """Return when a post that is asked for since then must be down."""
        return since + (self.urgent if score >= self.urgent_from else self.term)


@dataclass(frozen=True, slots=True)
class Post:
    """A post as the log has it; times are microseconds of the log's clock. ``score`` is 0 where nothing was found."""

    source: str
    event_id: str
    contact: int | None
    posted: int
    removed: int | None = None
    score: float = 0.0
    typologies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """A post on the list; ``copies`` are other posts with its contact that still stand."""

    post: Post
    why: str
    since: int
    due: int
    score: float
    state: str
    copies: int


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many, with the 95 percent interval of Wilson (1927); all None where there are none."""

    missed: int
    of: int
    share: float | None
    low: float | None
    high: float | None


def tasks(posts: Sequence[Post], terms: Terms, now: int) -> list[Task]:
    """Return the posts that are asked for: what is overdue first, then by deadline, then by score."""
    wanted = list(_wanted(posts, terms))
    standing: dict[int, int] = {}
    for post in posts:
        if post.contact is not None and post.removed is None:
            standing[post.contact] = standing.get(post.contact, 0) + 1
    found = [_task(post, why, since, score, terms, now) for post, why, since, score in wanted]
    counted = [replace(task, copies=_copies(task.post, standing)) for task in found]
    return sorted(counted, key=lambda t: (STATES.index(t.state), t.due, -t.score, t.post.source, t.post.event_id))


def miss_rate(missed: int, of: int) -> Rate:
    """Return the share that was missed, with its interval."""
    if not of:
        return Rate(missed, of, None, None, None)
    share, square = missed / of, _NORMAL**2
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = _NORMAL * math.sqrt(share * (1 - share) / of + square / (4 * of**2)) / (1 + square / of)
    return Rate(missed, of, share, max(0.0, middle - half), min(1.0, middle + half))


def stood(post: Post, terms: Terms, now: int) -> bool | None:
    """Whether a known-bad post stood longer than the term; None while the term still runs."""
    end = post.posted + terms.term
    if post.removed is not None and post.removed <= end:
        return False
    return True if now > end else None


def _wanted(posts: Sequence[Post], terms: Terms) -> Iterable[tuple[Post, str, int, float]]:
    """Yield posts, why and since when they are asked for, and by what score."""
    found: dict[int, list[Post]] = {}
    for post in posts:
        if post.score > 0:
            yield post, FOUND, post.posted, post.score
            if post.contact is not None:
                found.setdefault(post.contact, []).append(post)
    for post in posts:
        if post.score > 0 or post.contact not in found:
            continue
        near = [other for other in found[post.contact] if abs(other.posted - post.posted) <= terms.same_contact]
        if near:
            first = min(other.posted for other in near)
            yield post, SAME_CONTACT, max(first, post.posted), max(other.score for other in near)


def _task(post: Post, why: str, since: int, score: float, terms: Terms, now: int) -> Task:
    due = terms.due(since, score)
    if post.removed is None:
        return Task(post, why, since, due, score, OVERDUE if now > due else OPEN, 0)
    return Task(post, why, since, due, score, IN_TIME if post.removed <= due else LATE, 0)


def _copies(post: Post, standing: dict[int, int]) -> int:
    if post.contact is None:
        return 0
    return standing.get(post.contact, 0) - (post.removed is None)
