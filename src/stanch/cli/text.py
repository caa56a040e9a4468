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


def text(  # noqa: PLR0913 each is an option of the command
    act: Annotated[Act, typer.Argument(help="score FILE, train, or measure.", show_choices=True)],
    file: Annotated[Path | None, typer.Argument(help="NDJSON to score, one {id, text} a line.")] = None,
    model: Annotated[Path | None, typer.Option(help="Model instead of the one that ships.")] = None,
    lexicon: Annotated[Path | None, typer.Option(help="Lexicon instead of the one that ships.")] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Show contacts and personal data unmasked.")] = False,
    data: Annotated[Path | None, typer.Option(help="Folder with the texts to learn from.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where a trained model is written.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of what is drawn in training and measuring.")] = 1,
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


def _train(data: Path, out: Path, seed: int) -> None:
    from stanch.lab.wording.fitting import train

    out.write_bytes(train(data, seed, note))
    note(f"written: {out}")


def _measure(data: Path, seed: int, json: bool) -> None:
    import msgspec

    from stanch.lab.wording.measuring import Line, measure_texts
    from stanch.store.text_files import shipped_model

    lines = measure_texts(data, seed, note, shipped_model().card.temperature)
    if json:
        as_json(lines)
        return
    columns = tuple(field.replace("_", " ") for field in Line.__struct_fields__)
    as_table("Texts that the model never saw the like of", columns, [msgspec.structs.astuple(line) for line in lines])
