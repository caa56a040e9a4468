"""``stanch warnings``: what people in danger were told, why, what they answered and what they did then."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from stanch.cli.show import as_json, as_table, note


def warnings(
    home: Annotated[Path, typer.Option(help="Home with a log.")],
    scheme: Annotated[str, typer.Option(help="Only warnings of this scheme.")] = "",
    language: Annotated[str, typer.Option(help="Texts in en or zh.")] = "en",
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """List the warnings: to whom by pseudonym, of what, in which words, the answer, and what became of the payment.

    Example: stanch warnings --home out/home --language en
    """
    from stanch.engine.warnings import warnings_given
    from stanch.store.records import Records

    with Records.read(home) as records:
        found = [line for line in warnings_given(records) if scheme in ("", line.scheme)]
    if json:
        as_json(found)
        return
    for line in found:
        typer.echo(
            f"{line.at}  {(line.person or line.subject)[:12]}  {line.step:7} {line.scheme:10} {line.age_band:5} "
            f"answer: {line.answer or '–'}  outcome: {line.outcome}"
        )
        for text in (line.texts.get(language), line.contact_text.get(language)):
            if text:
                typer.echo(f"  {text}")
    counts = Counter((line.scheme, line.step, line.outcome) for line in found)
    as_table("Warnings", ("scheme", "step", "outcome", "count"), [(*key, n) for key, n in sorted(counts.items())])
    if not found:
        note("nobody had to be warned yet")
