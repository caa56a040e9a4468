"""HTTP: single events and batches decided while they happen, what was decided read back, keys, limits, health."""
