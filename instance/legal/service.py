"""Legal pages, rules and guide: what is in force, a new version at each edit, who has not read the guide yet."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Protocol

from flask_babel import gettext as _
from sqlalchemy import bindparam, func, select

from instance.core import clock, markup
from instance.core.db import db, new_id
from instance.core.errors import Invalid, NotFound
from instance.core.i18n import LANGUAGES
from instance.core.paths import PACKAGE
from instance.legal.models import KINDS, REQUIRED, LegalText

TEXT_MAX = 60_000
LAW_LANGUAGE = "fr"  # of the texts that a French host owes
BLANKS = ("[à remplir :", "[to fill in:")  # what the models leave to the association
RULE = re.compile(r"^#{2,3} +(\d+\. .+?)\s*$", re.MULTILINE)
MODELS = PACKAGE / "demo" / "legal"


class Reader(Protocol):
    """What the guide needs to know of an account."""

    guide_seen: int
    language: str


def current(kind: str, language: str) -> LegalText | None:
    """The version in force of a page in one language; None if nobody wrote it yet."""
    return db.session.scalar(
        select(LegalText)
        .where(LegalText.kind == kind, LegalText.language == language)
        .order_by(LegalText.version.desc())
        .limit(1)
    )


def in_force(kind: str, language: str) -> LegalText | None:
    """The version that a reader of `language` gets: theirs, else another language's; None if nothing is written."""
    for code in dict.fromkeys((language, *LANGUAGES)):
        text = current(kind, code)
        if text is not None and text.text:
            return text
    return None


def versions(kind: str) -> list[LegalText]:
    """Every version of a page in all languages, newest first."""
    rows = select(LegalText).where(LegalText.kind == kind).order_by(LegalText.version.desc())
    return list(db.session.scalars(rows))


def version(kind: str, number: int) -> LegalText:
    """One version of a page. Raises `NotFound`."""
    row = db.session.scalar(select(LegalText).where(LegalText.kind == kind, LegalText.version == number))
    if row is None:
        raise NotFound
    return row


def newest() -> dict[tuple[str, str], LegalText]:
    """The version in force of every page, by kind and language, in one statement."""
    last = (
        select(LegalText.kind, LegalText.language, func.max(LegalText.version).label("version"))
        .group_by(LegalText.kind, LegalText.language)
        .subquery()
    )
    rows = db.session.scalars(
        select(LegalText).join(
            last,
            (last.c.kind == LegalText.kind)
            & (last.c.language == LegalText.language)
            & (last.c.version == LegalText.version),
        )
    )
    return {(row.kind, row.language): row for row in rows}


def are_filled() -> bool:
    """Whether every page that the law asks for is written in French, with no blank of the models left."""
    return not missing()


def missing() -> list[str]:
    """The kinds of required pages that are empty, or still hold a blank of the models."""
    there = newest()
    return [kind for kind in REQUIRED if not is_filled(there.get((kind, LAW_LANGUAGE)))]


def is_filled(text: LegalText | None) -> bool:
    """Whether a page says something and has no blank of the models left."""
    return text is not None and bool(text.text) and not has_blank(text.text)


def has_blank(text: str) -> bool:
    """Whether `text` still holds a blank of the models."""
    return any(blank in text for blank in BLANKS)


def write(kind: str, language: str, text: str) -> LegalText:
    """A new version of a page; the earlier ones stay readable. Numbers run through all languages of a page.

    Raises `NotFound` for a page there is not, `Invalid` for a text that is too long. A text that changes nothing
    makes no version.
    """
    if kind not in KINDS or language not in LANGUAGES:
        raise NotFound
    text = text.replace("\r\n", "\n").strip()
    if len(text) > TEXT_MAX:
        raise Invalid("legal.long", _("Raccourcissez la page à %(num)d signes.", num=TEXT_MAX), field="text")
    before = current(kind, language)
    if before is not None and before.text == text:
        return before
    last = db.session.scalar(select(func.max(LegalText.version)).where(LegalText.kind == kind)) or 0
    row = LegalText(
        id=new_id(), kind=kind, language=language, version=last + 1, text=text, written_at=clock.now()
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row


def model(kind: str, language: str) -> str:
    """The page as a new association starts from it, with blanks; empty where the program ships none."""
    if kind not in KINDS or language not in LANGUAGES:
        return ""
    path = MODELS / f"{kind}.{language}.md"
    return path.read_text("utf-8") if path.is_file() else ""


@lru_cache(maxsize=64)
def html(text: str) -> str:
    """A page's Markdown as safe HTML."""
    return markup.from_page(text)


def rules() -> tuple[int, list[str]]:
    """Version and numbered headings of the rules in force, « 2. On parle d’un fait… »: what a decision may cite."""
    text = in_force("regles", LAW_LANGUAGE)
    return (text.version, RULE.findall(text.text)) if text is not None else (0, [])


# Asked for every wall page: built once (performance.md, rule 5).
_NEWEST_GUIDE = select(func.max(LegalText.version)).where(
    LegalText.kind == "guide",
    LegalText.language.in_((bindparam("language"), LAW_LANGUAGE)),
    LegalText.text != "",
)


def unseen_guide(account: Reader) -> int | None:
    """The version of the guide that `account` has not been shown yet; None if there is nothing new."""
    version = db.session.connection().scalar(_NEWEST_GUIDE, {"language": account.language}) or 0
    return version if version > account.guide_seen else None


def mark_guide_seen(account: Reader, number: int) -> None:
    """`account` has been shown version `number` of the guide; never one that is not written yet."""
    last = db.session.scalar(select(func.max(LegalText.version)).where(LegalText.kind == "guide")) or 0
    account.guide_seen = max(account.guide_seen, min(number, last))
