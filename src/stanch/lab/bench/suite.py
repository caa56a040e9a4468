"""All benchmarks, in the order in which they run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from stanch.lab.bench.bed import Bed
from stanch.lab.bench.figure import Figure, Measured, judged
from stanch.lab.bench.floor import durable_write, memory_copy, memory_read
from stanch.lab.bench.ids import idempotency
from stanch.lab.bench.lines import intake, line, memory_event, memory_key, restart
from stanch.lab.bench.patterns import patterns
from stanch.lab.bench.scored import line_scored
from stanch.lab.bench.serving import serve_lines, serve_one, serve_one_p99, serve_stream
from stanch.lab.bench.traces import taint, trace_cold, trace_warm
from stanch.lab.bench.windows import windows
from stanch.model.errors import InputError

BENCHMARKS: Final[dict[str, Callable[[Bed], Measured]]] = {
    each.__name__: each
    for each in (
        durable_write,
        memory_copy,
        memory_read,
        windows,
        idempotency,
        intake,
        line,
        line_scored,
        memory_event,
        memory_key,
        restart,
        serve_one,
        serve_one_p99,
        serve_lines,
        serve_stream,
        patterns,
        trace_warm,
        trace_cold,
        taint,
    )
}


def run_benchmarks(only: Sequence[str], progress: Callable[[float, float, str], None]) -> list[Figure]:
    """Run all benchmarks, or those named. Raises InputError for an unknown name."""
    unknown = [name for name in only if name not in BENCHMARKS]
    if unknown:
        raise InputError(f"no benchmark {unknown[0]!r}; known: {', '.join(BENCHMARKS)}")
    names = list(only) or list(BENCHMARKS)
    figures = []
    with Bed() as bed:
        for done, name in enumerate(names):
            progress(done, len(names), name)
            figures.append(judged(BENCHMARKS[name](bed)))
    return figures
