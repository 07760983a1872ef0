"""Legal pages and guide: models with blanks for a real association, filled in for the fictional one."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).parent / "legal"
BLANK = re.compile(r"\[(?:à remplir : |to fill in: )([^\]]+)\]")
LANGUAGES = ("fr", "en")


def model(kind: str, language: str) -> str:
    """The page as an association starts from it, in Markdown; what it must write itself is `BLANK`."""
    return (FOLDER / f"{kind}.{language}.md").read_text("utf-8")


def of_ormevielle(kind: str, language: str) -> str:
    """The page of the demonstration: the model without a blank left."""
    answers: Mapping[str, str] = json.loads((FOLDER / "ormevielle.json").read_text("utf-8"))[language]
    return BLANK.sub(lambda blank: answers[blank[1]], model(kind, language))
