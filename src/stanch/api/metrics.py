"""Metrics: counters, gauges and histograms in the Prometheus text format, version 0.0.4."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Final

#: Upper ends of the buckets of times, in seconds.
SECONDS: Final = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

Labels = Mapping[str, str]


class Histogram:
    """Times by bucket. One thread at a time counts; another may read."""

    def __init__(self) -> None:
        self.counts = [0] * (len(SECONDS) + 1)
        self.sum = 0.0

    def observe(self, seconds: float) -> None:
        """Count one time."""
        self.counts[bisect_left(SECONDS, seconds)] += 1
        self.sum += seconds


class Page:
    """The text of a scrape, family by family."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def counter(self, name: str, text: str, values: Iterable[tuple[Labels, float]]) -> None:
        """Write a counter; its name gets ``_total``."""
        self._family(f"{name}_total", text, "counter", values)

    def gauge(self, name: str, text: str, values: Iterable[tuple[Labels, float]]) -> None:
        """Write a gauge."""
        self._family(name, text, "gauge", values)

    def histogram(self, name: str, text: str, values: Iterable[tuple[Labels, Histogram]]) -> None:
        """Write a histogram of seconds."""
        self._head(name, text, "histogram")
        for labels, found in values:
            below = 0
            for end, count in zip((*map(_number, SECONDS), "+Inf"), found.counts, strict=True):
                below += count
                self._line(f"{name}_bucket", {**labels, "le": end}, below)
            self._line(f"{name}_sum", labels, found.sum)
            self._line(f"{name}_count", labels, below)

    def text(self) -> str:
        """Return the page."""
        return "\n".join(self._lines) + "\n"

    def _family(self, name: str, text: str, kind: str, values: Iterable[tuple[Labels, float]]) -> None:
        self._head(name, text, kind)
        for labels, value in values:
            self._line(name, labels, value)

    def _head(self, name: str, text: str, kind: str) -> None:
        self._lines += [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]

    def _line(self, name: str, labels: Labels, value: float) -> None:
        told = ",".join(f'{key}="{_escaped(word)}"' for key, word in labels.items())
        self._lines.append(f"{name}{{{told}}} {_number(value)}" if told else f"{name} {_number(value)}")


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
