"""Which purse each pool has: kept between runs, so that a trace need not clear what it did not touch."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


class Scratch:
    """The owner of one array by pool; -1 where a run has not come. Used by one run at a time, which leaves it clear."""

    def __init__(self) -> None:
        self.purse_of: npt.NDArray[np.int32] = np.full(0, -1, dtype=np.int32)

    def room(self, pools: int) -> npt.NDArray[np.int32]:
        """Return the purses by pool, with room for so many pools."""
        if pools > len(self.purse_of):
            more = np.full(max(pools, len(self.purse_of) * 3 // 2), -1, dtype=np.int32)
            more[: len(self.purse_of)] = self.purse_of
            self.purse_of = more
        return self.purse_of
