from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.intake.zones import local_hours, to_utc, zone
from stanch.model.errors import ConfigError
from stanch.model.events import micros

ZONES = st.sampled_from(
    ["Asia/Shanghai", "Europe/Brussels", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
)
TIMES = st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1))  # noqa: DTZ001 the zone is what is tested


@given(ZONES, st.lists(TIMES, min_size=1))
def test_clocks_and_hours_agree_with_the_library_one_by_one(name: str, clocks: list[datetime]) -> None:
    where = ZoneInfo(name)
    utc = [micros(clock.replace(tzinfo=where, fold=0).astimezone(UTC)) for clock in clocks]
    naive = np.array([micros(clock.replace(tzinfo=UTC)) for clock in clocks])
    assert to_utc(naive, where).tolist() == utc
    hours = [(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=m)).astimezone(where).hour for m in utc]
    assert local_hours(np.array(utc), where).tolist() == hours


def test_an_unknown_zone_is_named() -> None:
    with pytest.raises(ConfigError, match="Mars"):
        zone("Mars/Olympus")
