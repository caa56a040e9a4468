"""What holds for all tests."""

from __future__ import annotations

from hypothesis import settings

#: A busy machine must not fail a test: no test has a time to meet.
settings.register_profile("stanch", deadline=None)
settings.load_profile("stanch")
