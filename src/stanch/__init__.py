"""Stanch decides on events of telecom, finance and internet as they happen, and explains every decision."""

__version__ = "0.1.0"
