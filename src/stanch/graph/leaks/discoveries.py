"""Many tests at once: which of them stay remarkable."""

from __future__ import annotations

import numpy as np

from stanch.graph.leaks.tails import Floats


def q_values(log_p: Floats, tests: int) -> Floats:
    """Return the smallest share of wrong names at which each test would be named: ``(n,)``, in the order given.

    ``log_p`` are the tests worth looking at, ``tests`` how many were made in all; those not given count as 1.
    Source: Benjamini and Hochberg (1995), step-up, as adjusted values.
    """
    order = np.argsort(log_p, kind="stable")
    ranked = np.log(tests) + log_p[order] - np.log(np.arange(1, len(log_p) + 1))
    smallest = np.minimum.accumulate(ranked[::-1])[::-1]
    found = np.empty(len(log_p))
    found[order] = np.exp(np.minimum(smallest, 0.0))
    return found
