"""The takedown list of a home as people and programs read it, and what platforms miss of posts known to be bad."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stanch.decide.takedown import IN_TIME, LATE, OPEN, OVERDUE, Rate, Task, Terms, miss_rate, stood, tasks
from stanch.engine.takedown_log import Key, PostLog
from stanch.model.time import HOUR, to_datetime


@dataclass(frozen=True, slots=True)
class TaskLine:
    """One post to take down; times are ISO 8601, UTC, of the log's clock. What rests on a finding is inferred."""

    platform: str
    post: str
    state: str
    why: str
    typologies: tuple[str, ...]
    score: float
    posted: str
    due: str
    removed: str | None
    copies: int
    status: str = "inferred"


@dataclass(frozen=True, slots=True)
class PlatformLine:
    """How a platform keeps its deadlines; ``median_hours`` is from the moment it was asked, over what was removed."""

    platform: str
    asked: int
    overdue: int
    open: int
    in_time: int
    late: int
    median_hours: float | None


@dataclass(frozen=True, slots=True)
class ProbeLine:
    """Posts known to be bad, planted on a platform.

    ``by_platform`` says how many it left standing beyond the term, of those whose term is over; ``by_findings`` how
    many of all no finding rests on. ``running`` are within the term, ``unknown`` are not in the log.
    """

    platform: str
    planted: int
    unknown: int
    running: int
    by_platform: Rate
    by_findings: Rate


@dataclass(frozen=True, slots=True)
class TakedownReport:
    """The list, most urgent first, platforms by name, and probes where some were named; ``now`` is the log's clock."""

    now: str
    tasks: tuple[TaskLine, ...]
    platforms: tuple[PlatformLine, ...]
    probes: tuple[ProbeLine, ...]


def takedown_report(log: PostLog, probes: Sequence[Key] = ()) -> TakedownReport:
    """Return the list of a log, and what is missed of the probes."""
    wanted = tasks(log.posts, log.terms, log.now)
    platforms = sorted({task.post.source for task in wanted})
    return TakedownReport(
        _said(log.now), tuple(_line(task) for task in wanted),
        tuple(_platform(name, [task for task in wanted if task.post.source == name]) for name in platforms),
        tuple(_probed(name, probes, log, log.terms) for name in sorted({source for source, _ in probes})),
    )  # fmt: skip


def _line(task: Task) -> TaskLine:
    post = task.post
    removed = None if post.removed is None else _said(post.removed)
    return TaskLine(
        post.source, post.event_id, task.state, task.why, post.typologies, task.score, _said(post.posted),
        _said(task.due), removed, task.copies,
    )  # fmt: skip


def _platform(name: str, wanted: Sequence[Task]) -> PlatformLine:
    counts = {state: sum(task.state == state for task in wanted) for state in (OVERDUE, OPEN, IN_TIME, LATE)}
    waited = sorted(max(0, task.post.removed - task.since) for task in wanted if task.post.removed is not None)
    half = len(waited) // 2
    median = None if not waited else (waited[half] + waited[-half - 1]) / 2 / HOUR
    return PlatformLine(
        name, len(wanted), counts[OVERDUE], counts[OPEN], counts[IN_TIME], counts[LATE],
        None if median is None else round(median, 2),
    )  # fmt: skip


def _probed(name: str, probes: Sequence[Key], log: PostLog, terms: Terms) -> ProbeLine:
    planted = {event_id for source, event_id in probes if source == name}
    posts = [post for post in log.posts if post.source == name and post.event_id in planted]
    left = [stood(post, terms, log.now) for post in posts]
    over = [each for each in left if each is not None]
    unfound = sum(post.score == 0 for post in posts)
    return ProbeLine(
        name, len(planted), len(planted) - len(posts), len(left) - len(over), miss_rate(sum(over), len(over)),
        miss_rate(unfound, len(posts)),
    )  # fmt: skip


def _said(moment: int) -> str:
    return to_datetime(moment).isoformat(timespec="seconds")
