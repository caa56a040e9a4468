"""The one place where a function is handed to Numba, so that the rest of the house stays typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function of arrays and integers on first call, cached on disk, without the interpreter's lock."""
    fast: Callable[P, R] = njit(cache=True, nogil=True, error_model="numpy")(function)
    return fast


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function that allocates nothing: its arrays are counted by the caller, once a batch instead of once a use."""
    fast: Callable[P, R] = njit(cache=True, nogil=True, error_model="numpy", _nrt=False)(function)
    return fast


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a small function into each of its compiled callers."""
    fast: Callable[P, R] = njit(cache=True, nogil=True, error_model="numpy", forceinline=True, _nrt=False)(function)
    return fast
