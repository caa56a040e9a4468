"""Texts to learn from: ads and posts of our own, honest and not, sources of other origin, fitting, measuring."""
