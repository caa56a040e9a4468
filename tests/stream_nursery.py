"""Streams that are born quickly, to be killed: a process that has loaded everything, and its forks.

``python stream_nursery.py HOME CONFIG`` forks a child that streams when its input says so, tells its id, and tells its
exit status once it has ended. Everything is loaded and compiled before the first of them.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Self


class Nursery:
    """Forks streams into one home."""

    def __init__(self, home: Path, config: Path) -> None:
        self._process = subprocess.Popen(  # noqa: S603 this file
            [sys.executable, __file__, str(home), str(config)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._child = 0
        assert self._said() == "ready"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._child:
            with suppress(ProcessLookupError):
                os.kill(self._child, signal.SIGKILL)
        self.close()

    def start(self, *options: str) -> int:
        """Let a stream begin; return its process's id."""
        self._tell(" ".join(["start", *options]))
        self._child = int(self._said())
        return self._child

    def end(self, process: int, number: int = signal.SIGKILL) -> int:
        """Send a stream a signal, wait until it has ended, and return its status."""
        os.kill(process, number)
        return self.wait()

    def wait(self) -> int:
        """Wait until the stream has ended; return its status, negative where a signal ended it."""
        self._tell("wait")
        self._child = 0
        return int(self._said())

    def close(self) -> None:
        """End the nursery."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def _tell(self, word: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()

    def _said(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


def _nurse(home: Path, config: Path) -> None:
    import confluent_kafka  # noqa: F401 loaded once for all children

    from stanch.api.scopes import SCOPE_OF_KIND
    from stanch.engine.rules import load_rules
    from stanch.engine.warming import warm
    from stanch.store.text_files import shipped_scorer
    from stanch.stream.config import read_stream

    warm(load_rules(None, None), shipped_scorer())
    stream = read_stream(config, SCOPE_OF_KIND)
    _say("ready")
    child = 0
    for line in sys.stdin:
        word, *options = line.split()
        if word == "start":
            assert threading.active_count() == 1, "a thread does not come along with a fork"
            child = os.fork()
            if not child:
                os._exit(_stream(home, stream, options))
            _say(str(child))
        else:
            _, status = os.waitpid(child, 0)
            _say(str(os.waitstatus_to_exitcode(status)))


def _stream(home: Path, stream: object, options: list[str]) -> int:
    from stanch.api.line_thread import wall_clock
    from stanch.api.logs import Log
    from stanch.cli.stopping import stopping_on_signals
    from stanch.engine.opening import open_home
    from stanch.stream.config import Stream
    from stanch.stream.run import Life, run

    assert isinstance(stream, Stream)
    try:
        with stopping_on_signals() as stopping, open_home(home) as opened:
            log = Log("warning")
            run(opened, stream, Life(stopping, log, lambda _: None, wall_clock, until_end="--until-end" in options))
    except BaseException as error:  # noqa: BLE001 the outermost place of a process that is about to end
        sys.stderr.write(f"{error!r}\n")
        return 1
    return 0


def _say(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _nurse(Path(sys.argv[1]), Path(sys.argv[2]))
