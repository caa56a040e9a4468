"""``stanch text``: submitted texts, scored and explained; the model behind the scores, made and measured."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from stanch.cli.show import as_json, as_table, note
from stanch.model.errors import ConfigError, InputError


class Act(StrEnum):
    """What is done."""

    score = "score"
    train = "train"
    measure = "measure"
    explain = "explain"


def text(  # noqa: PLR0913 each is an option of the command
    act: Annotated[Act, typer.Argument(help="score FILE, train, measure, or explain.", show_choices=True)],
    file: Annotated[Path | None, typer.Argument(help="NDJSON to score, one {id, text} a line.")] = None,
    model: Annotated[Path | None, typer.Option(help="Model instead of the one that ships.")] = None,
    lexicon: Annotated[Path | None, typer.Option(help="Lexicon instead of the one that ships.")] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Show contacts and personal data unmasked.")] = False,
    data: Annotated[Path | None, typer.Option(help="Folder with the texts to learn from.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where a trained model is written.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of what is drawn in training and measuring.")] = 1,
    event: Annotated[str | None, typer.Option(help="Event of a log whose text is explained.")] = None,
    home: Annotated[Path | None, typer.Option(help="Home with that log.")] = None,
    source: Annotated[str | None, typer.Option(help="Its sender, where several use the same id.")] = None,
    actor: Annotated[str | None, typer.Option(help="Who asks; kept with the opening of the text.")] = None,
    purpose: Annotated[str, typer.Option(help="Why the text is opened; kept too.")] = "investigation",
    keys: Annotated[Path | None, typer.Option(help="Key file instead of the home's own.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print results as JSON, scores one line a text.")] = False,
) -> None:
    """Score texts as scam, trade, advert or ordinary, and say why; train and measure the model.

    Example: stanch text score messages.ndjson --json
    """
    if act is Act.score:
        if file is None:
            raise ConfigError("name the file to score: stanch text score messages.ndjson")
        _score(file, (model, lexicon), clear, json)
        return
    if act is Act.explain:
        if event is None or home is None or actor is None:
            raise ConfigError("explain needs --event ID, --home DIR, and --actor NAME: who asks is kept")
        _explain((home, keys), (event, source), (actor, purpose), json)
        return
    if data is None:
        raise ConfigError(f"{act} needs --data DIR with the texts to learn from; docs/text.md says which")
    if act is Act.train:
        if out is None:
            raise ConfigError("name the file for the model: --out model.bin")
        _train(data, out, seed)
    else:
        _measure(data, seed, json)


def _score(file: Path, chosen: tuple[Path | None, Path | None], clear: bool, json: bool) -> None:
    import msgspec

    from stanch.intake.submitted import Broken, read_texts
    from stanch.store.text_files import lexicon_of, model_of, shipped_lexicon, shipped_model
    from stanch.text.model import CLASSES
    from stanch.text.scoring import Scorer
    from stanch.text.showing import shown

    model, lexicon = chosen
    scorer = Scorer(
        model_of(model) if model else shipped_model(), lexicon_of(lexicon) if lexicon else shipped_lexicon()
    )
    broken = scored = 0
    rows: list[tuple[object, ...]] = []
    for batch in read_texts(file):
        good = [line for line in batch if not isinstance(line, Broken)]
        for line in batch:
            if isinstance(line, Broken):
                broken += 1
                note(f"line {line.number}: {line.why}; left out")
        for line, found in zip(good, scorer.explain([line.text for line in good]), strict=True):
            scored += 1
            if found.cut:
                note(f"line {line.number}: only the first characters were read, the text is too long")
            answer = shown(line.id, line.text, found, clear=clear)
            if json:
                typer.echo(msgspec.json.encode(answer).decode())
            else:
                rows.append((answer.id, answer.class_, *(found.scores[name] for name in CLASSES),
                             " · ".join(answer.words), " · ".join(term.term for term in answer.terms)))  # fmt: skip
    if not json:
        as_table(f"Texts of {file}", ("id", "class", *CLASSES, "words that decided", "terms"), rows)
    note(f"{scored:,} texts scored, {broken:,} lines left out; model {scorer.model.version}")
    if broken:
        raise InputError(f"{broken:,} lines could not be read; each is named above, the others are scored")


def _explain(where: tuple[Path, Path | None], event: tuple[str, str | None], why: tuple[str, str], json: bool) -> None:
    from stanch.cli.moments import wall_clock
    from stanch.engine.inquiry import Asker
    from stanch.engine.read_text import read_text
    from stanch.lab.play import open_existing
    from stanch.text.showing import shown

    with open_existing(*where) as opened:
        found = read_text(opened, *event, why[1], Asker(why[0], wall_clock()))
        version = opened.scorer.model.version
    answer = shown(found.event_id, found.text, found.found)
    if json:
        as_json({"event": found.event_id, "source": found.source, "kind": found.kind, "stored": found.stored,
                 "explained": answer, "same": found.same, "model": version})  # fmt: skip
    else:
        stored = ", ".join(f"{name.removeprefix('text_')} {value}" for name, value in found.stored.items())
        terms = [f"{term.term} ({term.written}): {term.meaning['en']}" for term in answer.terms]
        as_table(f"Text of {found.source}/{found.event_id}", ("what", "value"), [
            ("kind", found.kind), ("stored when taken, in percent", stored),
            ("explained as", answer.class_), ("words that decided", " · ".join(answer.words)),
            ("terms", "; ".join(terms)),
        ])  # fmt: skip
    if not found.same:
        note(f"model {version} scores this text otherwise than the one that was used when it was taken")


def _train(data: Path, out: Path, seed: int) -> None:
    from stanch.lab.wording.fitting import all_samples, train

    out.write_bytes(train(all_samples(data, seed), seed, note))
    note(f"written: {out}")


def _measure(data: Path, seed: int, json: bool) -> None:
    import msgspec

    from stanch.lab.wording.measuring import Line, measure_texts

    lines = measure_texts(data, seed, note)
    if json:
        as_json(lines)
        return
    columns = tuple(field.replace("_", " ") for field in Line.__struct_fields__)
    as_table("Texts that the model never saw the like of", columns, [msgspec.structs.astuple(line) for line in lines])
