"""What the sources must not hold, and what the locks must."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
#: Modules that make code or commands out of what is read, or hash and guess too weakly.
_UNSAFE = {"pickle", "marshal", "shelve", "dill", "joblib", "subprocess", "xml.dom.minidom", "lxml"}
_CALLS = {"eval", "exec", "__import__"}
_METHODS = {"system", "popen", "md5", "sha1", "unpackb", "unsafe_load", "full_load", "extractall", "mktemp"}
#: These start and end programs of ours with our own words: nothing that is served reaches them.
_ALLOWED = {
    f"lab/{name}.py": {"subprocess"} for name in ("bench/load", "bench/served", "compiling", "crash", "served")
}  # fmt: skip


def unsafe(tree: ast.AST) -> set[str]:
    """Return what a source uses that could turn data into code, or is broken."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names} & _UNSAFE
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module or ""} & _UNSAFE
        elif isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Name):
                found |= {called.id} & _CALLS
            elif isinstance(called, ast.Attribute):
                found |= {called.attr} & _METHODS
            given = {word.arg: word.value for word in node.keywords}
            for name in ("shell", "allow_pickle"):
                if isinstance(value := given.get(name), ast.Constant) and value.value:
                    found.add(name)
    return found


def test_nothing_that_is_read_can_become_code() -> None:
    room = ROOT / "src" / "stanch"
    found = {
        file.relative_to(room).as_posix(): used
        for file in room.rglob("*.py")
        if (used := unsafe(ast.parse(file.read_text("utf-8"))))
    }
    assert found == _ALLOWED
    assert unsafe(ast.parse("import pickle\neval(x)\nnp.load(f, allow_pickle=True)\nhashlib.md5(b'')")) == {
        "pickle", "eval", "allow_pickle", "md5",
    }  # fmt: skip


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_every_library_is_pinned_with_its_hashes(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    wanted = re.split(r"\n(?=\S)", text.strip())
    assert len(wanted) > 20
    for each in wanted:
        assert re.match(r"[a-zA-Z0-9._\-\[\],]+==\S+ ", each), each[:60]
        assert "--hash=sha256:" in each, each[:60]
    assert "--require-hashes" in (ROOT / "Makefile").read_text("utf-8")
