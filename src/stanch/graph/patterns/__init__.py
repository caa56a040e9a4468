"""Patterns over history: shapes that laundered money makes between accounts, found in time order on arrays."""
