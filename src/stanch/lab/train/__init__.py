"""Training learned models on a log, and measuring them on later weeks beside their peers."""
