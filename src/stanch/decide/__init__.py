"""Decide: findings become a decision, the least sufficient step of a ladder, and what it causes - by a policy that is data."""
