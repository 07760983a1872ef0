"""Reporting a post: by those who can read it; what is public also by somebody without account (DSA art. 16)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from instance.accounts import service as accounts
from instance.accounts import throttle
from instance.core.db import db, new_id
from instance.core.errors import Invalid, NotFound
from instance.core.facts import record
from instance.moderation.facts import ReportPassedOn, ReportReceived
from instance.moderation.models import Report
from instance.posts import visibility
from instance.posts.models import Post

TEXT_MAX = 3000
NAME_MAX = 120
REASONS: dict[str, LazyString] = {
    "insult": _l("Insulte, menace ou harcèlement"),
    "hate": _l("Haine contre une personne ou un groupe"),
    "privacy": _l("Vie privée : nom, adresse ou photo sans accord"),
    "fraud": _l("Arnaque ou publicité"),
    "danger": _l("Une personne est en danger"),
    "child": _l("Contenu sexuel avec un enfant"),
    "illegal": _l("Autre contenu contraire à la loi"),
    "other": _l("Autre raison"),
}
EXPLAINED = ("illegal", "other")  # reasons that say nothing without words
LIMIT = throttle.Limit(5, timedelta(minutes=30))
NAMELESS = "child"  # name and e-mail may be left out (DSA art. 16(2)(c))


@dataclass(frozen=True)
class Notice:
    """What the form holds. Name, e-mail and good faith are asked of who has no account."""

    reason: str = ""
    text: str = ""
    name: str = ""
    email: str = ""
    is_in_good_faith: bool = False
    is_passed_on: bool = False  # to the author's server, without the name of who reports

    def errors(self, *, by_stranger: bool) -> dict[str, str]:
        """Every field that has to be mended, with its sentence."""
        found: dict[str, str] = {}
        if self.reason not in REASONS:
            found["reason"] = _("Choisissez une raison.")
        needs_words = by_stranger or self.reason in EXPLAINED
        if needs_words and self.reason != NAMELESS and not self.text.strip():
            found["text"] = _("Dites en quelques mots ce qui ne va pas.")
        if len(self.text) > TEXT_MAX:
            found["text"] = _("Raccourcissez à %(num)d signes.", num=TEXT_MAX)
        return found | self._missing_identity() if by_stranger else found

    def _missing_identity(self) -> dict[str, str]:
        found: dict[str, str] = {}
        if self.reason != NAMELESS or self.name.strip():
            if not self.name.strip():
                found["name"] = _("Écrivez votre nom.")
            elif len(self.name) > NAME_MAX:
                found["name"] = _("Raccourcissez à %(num)d signes.", num=NAME_MAX)
        if self.reason != NAMELESS or self.email.strip():
            try:
                accounts.check_email(self.email)
            except Invalid as refusal:
                found["email"] = refusal.sentence
        if not self.is_in_good_faith:
            found["good_faith"] = _("Cochez la case : elle dit que vous êtes de bonne foi.")
        return found


def tries_of(who: str) -> tuple[str, throttle.Limit]:
    """What a report counts for: `who` is "account <id>", or the network of who has none."""
    return throttle.subject("report", who), LIMIT


def reportable(viewer: int | None, post_id: int) -> Post:
    """The post, if `viewer` may read it and did not write it. Raises `NotFound` for all others alike."""
    post = visibility.find(viewer, post_id)
    if post is None or post.author_id == viewer:
        raise NotFound
    return post


def send(viewer: int | None, account_id: int | None, post_id: int, notice: Notice, language: str) -> int:
    """Keep a report; its id. Reporting twice what is still open changes nothing."""
    if wrong := notice.errors(by_stranger=account_id is None):
        field, sentence = next(iter(wrong.items()))
        raise Invalid("report.form", sentence, field=field)
    post = reportable(viewer, post_id)
    db.session.execute(select(Post.id).where(Post.id == post.id).with_for_update())
    if account_id is not None:
        mine = select(Report.id).where(Report.post_id == post_id, Report.reporter_id == account_id)
        if found := db.session.scalar(mine.where(Report.outcome.is_(None))):
            return found
    row = Report(
        id=new_id(), post_id=post.id, reporter_id=account_id, reason=notice.reason, text=notice.text.strip(),
        language=language, name=_kept(notice.name, account_id), email=_kept(notice.email, account_id),
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    record(ReportReceived(row.id))
    if notice.is_passed_on and post.uri is not None and account_id is not None:
        record(ReportPassedOn(row.id))
    return row.id


def _kept(words: str, account_id: int | None) -> str | None:
    return words.strip() or None if account_id is None else None


def of(account_id: int) -> list[Report]:
    """What an account reported, newest first."""
    rows = select(Report).where(Report.reporter_id == account_id).order_by(Report.id.desc())
    return list(db.session.scalars(rows))


def outcome_words(report: Report) -> str:
    """What became of a report, as its sender reads it."""
    return {
        "kept": _("Le message reste en place."),
        "hidden": _("Le message est masqué."),
        "removed": _("Le message est retiré."),
        "gone": _("Son auteur a supprimé le message."),
    }.get(report.outcome or "", _("Quelqu’un va lire le message et décider."))
