"""The line itself: wiring, clock, ticks, commit, restart, replay. Read ``line.py`` first."""
