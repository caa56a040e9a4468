"""Learned models: what they read, how they are fitted, served and explained. A model is data and is passed in."""
