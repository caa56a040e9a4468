"""The houses of these tests, as fixtures."""

from exchange_house import config_file, house, receiver

__all__ = ["config_file", "house", "receiver"]
