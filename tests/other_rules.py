"""Rules that differ from those that ship: other scores and another method, and a typology with a longer window."""

from __future__ import annotations

from pathlib import Path

from stanch.engine.rules import Rules, changed_rules

SHIPPED = Path(__file__).parents[1] / "src/stanch"


def other_policy(folder: Path, *changes: tuple[str, str]) -> Path:
    """Write the policy that ships with some of its text changed."""
    text = (SHIPPED / "decide/start.yaml").read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "policy.yaml"
    path.write_text(text, "utf-8")
    return path


def other_typologies(folder: Path) -> Path:
    """Write the typologies that ship, but for one that asks two payers within six hours, and one that is left out."""
    made = folder / "typologies"
    for sector in ("telecom", "finance", "internet", "data"):
        (made / sector).mkdir(parents=True)
        for file in (SHIPPED / "typologies" / sector).glob("*.yaml"):
            text = file.read_text("utf-8")
            if file.stem == "fan_in":
                text = text.replace("over: 1h", "over: 6h").replace("min_payers: 8", "min_payers: 2")
                text = text.replace("min_total: 500000", "min_total: 1000").replace("payers_1h", "payers_6h")
            if file.stem != "outlet_burst":
                (made / sector / file.name).write_text(text, "utf-8")
    return made


def other_rules(live: Rules, folder: Path) -> Rules:
    """Return rules that decide otherwise in every room: scores, quiet, waits, the method of tracing, and windows."""
    policy = other_policy(
        folder, ("id: start", "id: other"), ("delay: 0.5", "delay: 0.45"), ("warn: 0.45", "warn: 0.4"),
        ("quiet: 24h", "quiet: 3h"), ("delay: 24h", "delay: 12h"), ("cooling_off: 2h", "cooling_off: 1h"),
        ("method: fifo", "method: lifo"), ("passed_on: 50", "passed_on: 40"), ("smallest: 10000", "smallest: 5000"),
    )  # fmt: skip
    return changed_rules(live, policy, other_typologies(folder))
