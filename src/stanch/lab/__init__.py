"""Worlds with planted fraud, scenarios, replay, measuring and benchmarks. Nothing but the command line imports it."""
