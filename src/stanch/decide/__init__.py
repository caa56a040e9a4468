"""Decide: findings become a decision by a policy that is data: the least sufficient step, and what it causes."""
