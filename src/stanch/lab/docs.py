"""Documentation that is generated: the pages about typologies."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import yaml

from stanch.features.definition import plain_feature
from stanch.lab.tally import load_mechanisms, tally_page
from stanch.store.catalogue_files import load_shipped
from stanch.typologies.catalogue import Catalogue
from stanch.typologies.definition import SECTORS, Typology, plain_parameters

_SIDES: Final = {"protect": "to be protected", "control": "may be doing it"}
_INTRODUCTION: Final = """\
# Typologies

Each is data: named numbers over earlier events, a condition in SQL, and a reason in words. These pages are generated
from the files by `stanch.lab.docs`; change the files, not the pages. Amounts are minor units of the transfer's own
currency, written for CNY. A window never contains the event itself. The name of a threshold says which way it binds.
"""


def write_typology_pages(catalogue: Catalogue, out: Path) -> None:
    """Write an index and one page for each sector into a folder, which is made if absent."""
    out.mkdir(parents=True, exist_ok=True)
    for name, page in typology_pages(catalogue).items():
        (out / name).write_text(page, encoding="utf-8")


def typology_pages(catalogue: Catalogue) -> dict[str, str]:
    """Return the pages by file name."""
    sectors = {sector: [t for t in catalogue.typologies if t.sector == sector] for sector in SECTORS}
    pages = {f"{sector}.md": _sector_page(sector, typologies) for sector, typologies in sectors.items()}
    covered = tally_page(catalogue, load_mechanisms())
    return {"index.md": _index(sectors, len(catalogue.features)), "coverage.md": covered, **pages}


def _index(sectors: Mapping[str, list[Typology]], features: int) -> str:
    number = sum(map(len, sectors.values()))
    lines = [_INTRODUCTION, f"{number} typologies, {features} distinct features. [What they cover](coverage.md).", ""]
    lines += ["| id | on | about | subject | family | score |", "|---|---|---|---|---|---|"]
    lines += [_row(typology) for typologies in sectors.values() for typology in typologies]
    return "\n".join([*lines, ""])


def _row(typology: Typology) -> str:
    anchor = typology.id.replace(".", "")
    link = f"[{typology.id}]({typology.sector}.md#{anchor})"
    who = f"`{typology.subject}`, {_SIDES[typology.side]}"
    return f"| {link} | {typology.on} | {typology.title['en']} | {who} | {typology.family} | {typology.score:g} |"


def _sector_page(sector: str, typologies: list[Typology]) -> str:
    return "\n".join([f"# Typologies: {sector}", "", *(_entry(typology) for typology in typologies)])


def _entry(typology: Typology) -> str:
    about = f"about `{typology.subject}` ({_SIDES[typology.side]})"
    maps = "; ".join(f"{scheme}: {place}" for scheme, place in typology.maps_to.items()) or "none"
    return f"""\
## {typology.id}

**{typology.title["en"]}** · {typology.title["zh"]}

On `{typology.on}`; {about}; family {typology.family}; score {typology.score:g}.

```yaml
{_definition(typology)}```

- Reason: {typology.reason["en"].text}
- 理由：{typology.reason["zh"].text}
- Innocent twin: {typology.twin}
- Source: {typology.source}
- Maps to: {maps}
"""


def _definition(typology: Typology) -> str:
    features = {name: plain_feature(feature) for name, feature in typology.features.items()}
    told = {"features": features, "parameters": plain_parameters(typology), "when": typology.when.text}
    return yaml.safe_dump(told, sort_keys=False, default_flow_style=None, width=116, allow_unicode=True)


def main() -> None:
    """Write the pages of the shipped catalogue below the docs folder that the command line names."""
    write_typology_pages(load_shipped(), Path(sys.argv[1]) / "typologies")


if __name__ == "__main__":
    main()
