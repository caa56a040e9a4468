"""Load: whole HTTP requests sent over some connections, by wrk where it is installed, else by a sender of our own."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from stanch.model.errors import StoreError

_SCRIPT: Final = Path(__file__).with_name("sender.lua")
_MARK: Final = "measured "


class Measurement(msgspec.Struct, frozen=True):
    """What a sender saw; times in seconds. ``refused``: answers other than 200; ``failed``: requests without one."""

    requests: int
    seconds: float
    p50: float
    p99: float
    refused: int
    failed: int


@dataclass(frozen=True, slots=True)
class Load:
    """A measurement, who sent, and the seconds of processor time that the sender took for itself."""

    measured: Measurement
    sender: str
    cpu: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.measured.requests / self.measured.seconds

    @property
    def share(self) -> float:
        """The share of one core that the sender took."""
        return self.cpu / self.measured.seconds


def request(path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """Return a whole POST request."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def write_requests(path: Path, requests: Iterable[bytes]) -> int:
    """Write requests for a sender, each after a line with its length; return how many."""
    count = 0
    with path.open("wb") as file:
        for each in requests:
            file.write(b"%d\n%b" % (len(each), each))
            count += 1
    return count


def send(port: int, requests: Path, connections: int, seconds: int, *, own: bool = False) -> Load:
    """Send for some seconds; ``own``: not with wrk though it is there. Raises StoreError where the sender fails."""
    wrk = None if own else shutil.which("wrk")
    command = (
        [sys.executable, "-m", "stanch.lab.bench.sender", str(port), str(connections), str(seconds), str(requests)]
        if wrk is None
        else [wrk, "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", str(_SCRIPT),
              f"http://127.0.0.1:{port}/", "--", str(requests)]
    )  # fmt: skip
    before = _cpu()
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 our own command line
    told = [line for line in done.stdout.splitlines() if line.startswith(_MARK)]
    if not told:
        raise StoreError(f"the sender failed: {done.stderr.strip()[-300:] or done.stdout.strip()[-300:]}")
    measured = msgspec.json.decode(told[0].removeprefix(_MARK), type=Measurement)
    return Load(measured, "a sender in Python" if wrk is None else "wrk", _cpu() - before)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
