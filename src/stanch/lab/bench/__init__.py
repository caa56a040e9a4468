"""Benchmarks: each hot path beside something that runs in the same breath, against the budgets in budgets.yaml."""

from stanch.lab.bench.suite import run_benchmarks

__all__ = ["run_benchmarks"]
