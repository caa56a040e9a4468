"""Drift: how the ways of money, and the shapes of what is reported, change from week to week.

It stands in this room because it looks back on what was found and decided; it knows no event, only counts.
"""
