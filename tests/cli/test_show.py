"""Tables in a terminal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import get_type_hints

import pytest

from stanch.cli.app import COMMANDS
from stanch.cli.show import as_table


def test_what_others_wrote_moves_no_cursor_and_colours_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    as_table("t", ("id", "n"), [("\x1b[2J\x9b1A[red]x[/red]\u202eabc\r", 1), ("银行　甲", 2)])
    told = capsys.readouterr().out
    assert not {"\x1b", "\x9b", "\u202e", "\r"} & set(told)
    assert "[red]x[/red]" in told
    assert "银行　甲" in told


@pytest.mark.parametrize("command", COMMANDS)
def test_no_secret_is_given_as_an_option(command: Callable[..., None]) -> None:
    # options stand in the list of processes and in the shell's history; a file does not
    for name, kind in get_type_hints(command).items():
        words = set(name.split("_"))
        assert not words & {"secret", "password", "token", "passphrase"}
        assert not words & {"key", "keys"} or kind in (Path, Path | None, bool), name
