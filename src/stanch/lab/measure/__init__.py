"""Measuring: what was decided, held against what is true. Reads the truth; the line never does."""
