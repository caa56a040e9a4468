"""Serve: the wiring of the server, and its life in a process of its own."""

from __future__ import annotations

import logging
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from ssl import SSLContext
from typing import Final

import uvicorn

from stanch.api.app import App, Served
from stanch.api.audit import FILE as AUDIT
from stanch.api.audit import AuditLog
from stanch.api.camara import Camara
from stanch.api.events import Events
from stanch.api.feed import FEW, MANY, OWNER, Feed
from stanch.api.gate import Gate
from stanch.api.hot import HotPath
from stanch.api.keys import FILE, ApiKeys
from stanch.api.line_thread import LineThread, wall_clock
from stanch.api.logs import Log, OneForm
from stanch.api.noting import Noting
from stanch.api.openapi import described
from stanch.api.queue import Share, Waiting
from stanch.api.reading import Reading
from stanch.api.rest import make_rest
from stanch.api.rule_desk import RuleDesk
from stanch.api.rules_shown import RulesShown
from stanch.api.scopes import SCOPE_OF_KIND
from stanch.api.sending import Sending
from stanch.api.settings import Settings
from stanch.api.threads import Threads
from stanch.api.tls import STRICT, context_of
from stanch.api.trying import Trying
from stanch.api.watching import Watching
from stanch.engine.allocator import set_aside, settle
from stanch.engine.home import Home
from stanch.engine.opening import open_home
from stanch.model.errors import StoreError
from stanch.store.keys import open_keys
from stanch.store.records import Records
from stanch.store.rule_rows import rule_acts_of
from stanch.stream.config import read_stream

#: How long the two threads leave each other the interpreter, in seconds: short, or answers wait for a whole turn.
_SWITCH: Final = 0.0005
_STOP_WITHIN: Final = 30
_BACKLOG: Final = 2048


def make_app(settings: Settings, log: Log, opened: Callable[[], Home] | None = None) -> App:
    """Return the application of a home; ``opened`` opens it instead of the settings."""
    waiting = Waiting(settings.waiting_per_key, {OWNER: Share(FEW, MANY)} if settings.stream else None)
    line = LineThread(opened or Opener(settings), waiting, settings, log)
    folder = Path(settings.home)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    ring = open_keys(folder, _path(settings.keys))
    gate = Gate(ApiKeys(folder / FILE), settings, wall_clock)
    noting = Noting(AuditLog(folder / AUDIT, ring.events))
    served = Served()
    stream = None if settings.stream is None else read_stream(Path(settings.stream), SCOPE_OF_KIND)
    ways = settings.send or (None if stream is None else stream.config.send)
    sending = None if ways is None else Sending(Path(ways), settings, line, log)
    feed = None if stream is None else Feed(stream, line, settings, log)
    line.tap = None if feed is None else feed.tap
    routes = [
        *Watching(gate, Threads(line, sending, feed), served, settings).routes(),
        *Reading(gate, line, noting).routes(),
        *RulesShown(gate, line).routes(),
        *RuleDesk(gate, line, noting, settings, Trying(settings.home, log)).routes(),
        *Camara(gate, line, noting, settings, log).routes(),
        described(),
    ]
    return App(Events(gate, line, settings), Threads(line, sending, feed), make_rest(routes, log), served, log)


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; what was taken is finished first. Raises StoreError where the port is taken."""
    settle()
    log, context = Log(settings.log), _context(settings)
    strict = () if context is None else (STRICT,)
    app = make_app(settings, log)
    listening = _listen(settings)
    host, port = listening.getsockname()[:2]
    protocol = HotPath(app.events, app.served, log, settings.connections).protocol()
    config = uvicorn.Config(
        app, http=protocol, log_config=None, access_log=False, server_header=False, lifespan="on", ws="none",
        proxy_headers=False, timeout_graceful_shutdown=_STOP_WITHIN, timeout_keep_alive=30, headers=[*strict],
        ssl_context_factory=None if context is None else lambda *_: context,
    )  # fmt: skip
    logging.getLogger().addHandler(OneForm(log))
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)  # uvicorn stops on these, then raises them again
    sys.setswitchinterval(_SWITCH)
    log.info("serving", host=str(host), port=int(port))
    uvicorn.Server(config).run(sockets=[listening])
    log.info("stopped")


class Opener:
    """Opens the home of the settings, with their rules. Opened again, it has those that people agreed on since."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._again = False

    def __call__(self) -> Home:
        """Return the home, open."""
        settings, folder = self._settings, Path(self._settings.home)
        files = {"policy": settings.policy, "typologies": settings.typologies, "model": settings.model}
        if self._again and _agreed(folder):
            files = {}
        home = open_home(folder, keys=_path(settings.keys), **{name: _path(file) for name, file in files.items()})
        self._again = True
        set_aside()
        return home


def _agreed(folder: Path) -> bool:
    """Whether people proposed and approved rules in a home."""
    with Records.read(folder) as records:
        return bool(rule_acts_of(records))


def _context(settings: Settings) -> SSLContext | None:
    if settings.certificate is None or settings.certificate_key is None:
        return None
    return context_of(Path(settings.certificate), Path(settings.certificate_key))


def _path(name: str | None) -> Path | None:
    return None if name is None else Path(name)


def _listen(settings: Settings) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        return socket.create_server((settings.host, settings.port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise StoreError(
            f"{settings.host}:{settings.port}: cannot be listened on ({error.strerror}); choose another with --port"
        ) from None
