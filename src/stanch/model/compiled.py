"""The one place where a function is handed to Numba, so that the rest of the house stays typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from llvmlite import ir
from numba import njit
from numba.core import cgutils, types
from numba.extending import intrinsic

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function of arrays and integers on first call, cached on disk, without the interpreter's lock."""
    fast: Callable[P, R] = njit(cache=True, nogil=True, error_model="numpy")(function)
    return fast


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function that allocates nothing: the caller counts its arrays, once a batch instead of once a use."""
    fast: Callable[P, R] = njit(cache=True, nogil=True, error_model="numpy", _nrt=False)(function)
    return fast


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a small function into each of its compiled callers."""
    fast: Callable[P, R] = njit(cache=True, nogil=True, error_model="numpy", forceinline=True, _nrt=False)(function)
    return fast


@intrinsic  # type: ignore[untyped-decorator]  # Numba is untyped
def fetch(_typing: Any, array: Any, _index: Any) -> Any:  # Any: Numba's own types
    """Ask the processor for the cache line of ``array[index]`` of a flat array, and do not wait for it.

    The index may be out of range: nothing is read.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # Any: LLVM's builder
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        place = builder.bitcast(builder.gep(data, [arguments[1]]), cgutils.voidptr_t)
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, number, number, number])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        builder.call(function, [place, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.none(array, types.intp), generate
