"""Scenarios: for every typology a planted case that just meets its thresholds, and an innocent twin."""
