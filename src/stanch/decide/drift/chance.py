"""How likely a statistic is by chance: tails of chi-squared and of Fisher's F, for whole degrees of freedom."""

from __future__ import annotations

import math
from typing import Final

_STEPS: Final = 500
_EXACT: Final = 1e-14
_TINY: Final = 1e-300


def beyond_chi_squared(value: float, freedom: int) -> float:
    """Return P(chi-squared with so many degrees of freedom, at least 1, is at least ``value``); exact, a finite sum."""
    half = value / 2
    if half <= 0:
        return 1.0
    begin, many = (0.0, freedom // 2) if freedom % 2 == 0 else (0.5, (freedom - 1) // 2)
    terms = [math.exp((begin + k) * math.log(half) - math.lgamma(begin + k + 1) - half) for k in range(many)]
    return min(1.0, sum(terms) + (math.erfc(math.sqrt(half)) if freedom % 2 else 0.0))


def beyond_f(value: float, above: int, below: int) -> float:
    """Return P(F with so many degrees of freedom is at least ``value``), by the incomplete beta function."""
    if value <= 0:
        return 1.0
    return _beta_part(below / (below + above * value), below / 2, above / 2)


def _beta_part(x: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b), 0 < x < 1."""
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )  # fmt: skip
    if x < (a + 1) / (a + b + 2):
        return min(1.0, front * _fraction(x, a, b) / a)
    return max(0.0, 1.0 - front * _fraction(1 - x, b, a) / b)


def _fraction(x: float, a: float, b: float) -> float:
    """Return the continued fraction of the incomplete beta function, by the method of Lentz (1976)."""
    c, d = 1.0, 1 / _kept(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for step in (even, odd):
            d = 1 / _kept(1 + step * d)
            c = _kept(1 + step / c)
            value *= c * d
        if abs(c * d - 1) < _EXACT:
            break
    return value


def _kept(number: float) -> float:
    return number if abs(number) > _TINY else _TINY
