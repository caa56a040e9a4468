"""A server whose wall clock stands apart from the machine's: for it and for every process that it starts."""

from __future__ import annotations

from pathlib import Path

#: Read by Python before anything else; the clock is moved by the seconds in a file, whenever it is asked.
_SITE = """
import os, time
_told, _file = time.time_ns, os.environ["STANCH_TEST_CLOCK_FILE"]
def _moved():
    with open(_file) as file:
        return _told() + int(float(file.read() or 0) * 1e9)
time.time_ns, time.time = _moved, lambda: _moved() / 1e9
"""


class MovedClock:
    """The clock of a server: ``variables`` go into its environment."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        (folder / "site").mkdir()
        (folder / "site" / "sitecustomize.py").write_text(_SITE)
        self.move(0)

    def move(self, seconds: float) -> None:
        """Let the clock go so many seconds ahead of the machine's, or behind it."""
        fresh = self._file.with_suffix(".new")
        fresh.write_text(str(seconds))
        fresh.rename(self._file)

    def variables(self, path: str) -> dict[str, str]:
        """Return what a server needs in its environment; ``path`` are the folders that Python looks in already."""
        site = str(self._file.parent / "site")
        return {"PYTHONPATH": f"{site}:{path}" if path else site, "STANCH_TEST_CLOCK_FILE": str(self._file)}
