"""Platforms take down part of what gangs post, hours later, and say which text it was; who posts it again shows."""

from __future__ import annotations

from typing import Final

import numpy as np

from stanch.lab.world.country import Country
from stanch.lab.world.diary import Diary, Rows, Values
from stanch.lab.world.truth import STEPS, Truth
from stanch.model.time import DAY, HOUR, MINUTE

#: A text counts as posted again when it comes so long after it was taken down, at least and at most.
_AGAIN: Final = (5 * MINUTE, 7 * DAY - HOUR)


def take_down(country: Country, diary: Diary, truth: Truth) -> None:
    """Let every platform take down gangs' posts, each at its own pace, but for those that were taken down already."""
    rng, posts = country.chance("takedown"), diary.told("post")
    ways = country.parameters.platforms
    order = {country.names.word(name): way for name, way in ways.items()}
    share = np.asarray([order[word].removes for word in posts["source"].tolist()])
    hours = np.asarray([order[word].hours for word in posts["source"].tolist()])
    spread = np.asarray([order[word].spread for word in posts["source"].tolist()])
    later = posts["happened"] + (hours * HOUR * rng.lognormal(0.0, 1.0, len(hours)) ** spread).astype(np.int64)
    gone = (posts["bad"] == 1) & (rng.random(len(hours)) < share)
    gone &= ~np.isin(posts["event"], diary.told("post_removed")["ref"])
    those = np.flatnonzero(gone)
    about: dict[str, Values] = {
        name: posts[name][those].astype(np.int64) for name in ("src", "dst", "text", "source", "case")
    }
    about |= {"ref": posts["event"][those].astype(np.int64), "step": STEPS.index("report"), "bad": 0}
    diary.write("post_removed", later[those], None, about)
    _expect_again(posts, diary.told("post_removed"), truth)


def _expect_again(posts: Rows, removed: Rows, truth: Truth) -> None:
    """Say which users post a text that was taken down from another."""
    taken: dict[int, list[tuple[int, int]]] = {}
    columns = (removed[name].tolist() for name in ("text", "src", "happened"))
    for text, user, when in zip(*columns, strict=True):
        taken.setdefault(text, []).append((user, when))
    names = ("text", "src", "happened", "case", "bad")
    for text, user, when, case, bad in zip(*(posts[name].tolist() for name in names), strict=True):
        others = (when - gone for owner, gone in taken.get(text, []) if owner != user)
        if text >= 0 and bad == 1 and any(_AGAIN[0] <= since <= _AGAIN[1] for since in others):
            truth.plant("internet.reposted_after_removal", user, truth.cases[case], [when])
