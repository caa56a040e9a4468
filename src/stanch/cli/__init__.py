"""The command line: one command a file, each a thin skin over a function of the house."""

from stanch.cli.app import main

__all__ = ["main"]
