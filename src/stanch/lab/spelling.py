"""How a value is spelled for people, in the terminal and in the report."""

from __future__ import annotations


def spelled(value: object) -> str:
    """Return a value for a table: thousands parted, three digits of a share, a dash for nothing."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.3g}" if isinstance(value, float) else str(value)
