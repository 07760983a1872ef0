"""Deciding: leave a post, hide it, remove it, give it back; and the appeal, read by another person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, select, update

from instance.accounts.models import Account
from instance.core import bus, clock, jobs
from instance.core.db import commit, db, new_id
from instance.core.errors import Invalid, NotFound
from instance.core.facts import record
from instance.moderation.facts import MeasureTaken, ReportAnswered, ReportPassedOn
from instance.moderation.models import Measure, Report
from instance.posts import service as posts
from instance.posts.facts import PostDeleted, PostRetracted
from instance.posts.models import Post

WORDS_MAX = 3000
CLAUSE_MAX = 300
DAYS = (0, 7, 30)  # how long a post may be hidden; 0: without end
KEPT_FOR = timedelta(days=365)  # reports, after their answer


@dataclass(frozen=True)
class Decision:
    """What a moderator chose. `clause` is the rule or law; `days` only for hiding."""

    measure: str = ""  # kept | hidden | removed
    clause: str = ""
    reason: str = ""
    days: int = 0
    is_passed_on: bool = False  # to the server of an author from elsewhere, with the reason

    def errors(self) -> dict[str, str]:
        """Every field that has to be mended, with its sentence."""
        found: dict[str, str] = {}
        if self.measure not in {"kept", "hidden", "removed"}:
            found["measure"] = _("Choisissez ce que devient le message.")
        if self.measure in {"hidden", "removed"} and not self.clause.strip():
            found["clause"] = _("Citez la règle ou la loi.")
        if len(self.clause) > CLAUSE_MAX:
            found["clause"] = _("Raccourcissez à %(num)d signes.", num=CLAUSE_MAX)
        if self.days not in DAYS:
            found["days"] = _("Choisissez une durée.")
        return found | wrong_words(self.reason, "reason")


def wrong_words(text: str, field: str) -> dict[str, str]:
    """What is wrong with words that another person will read."""
    if not text.strip():
        return {field: _("Écrivez quelques mots : l’autre personne les lira.")}
    if len(text) > WORDS_MAX:
        return {field: _("Raccourcissez à %(num)d signes.", num=WORDS_MAX)}
    return {}


def _refuse(errors: dict[str, str]) -> None:
    for field, sentence in errors.items():
        raise Invalid("moderation.form", sentence, field=field)


def decide(post: Post, decision: Decision, *, by: int) -> Measure | None:
    """Answer every open report of `post`; the measure, None when the post is left as it is.

    The caller has checked that `by` may decide. Raises `Invalid` when somebody else was first.
    """
    _refuse(decision.errors())
    _lock(post)
    reports = db.session.scalars(select(Report).where(Report.post_id == post.id, Report.outcome.is_(None))).all()
    if not reports:
        raise Invalid("case.decided", _("Quelqu’un vient de décider. Relisez la liste."))
    for report in reports:
        _close(report, decision.measure, by=by, answer=decision.reason if decision.measure == "kept" else "")
    if decision.measure == "kept":
        return None
    is_for_days = decision.measure == "hidden" and decision.days > 0
    measure = Measure(
        id=new_id(), post_id=post.id, account_id=_author(post), measure=decision.measure,
        clause=decision.clause.strip(), reason=decision.reason.strip(), from_at=clock.now(), decided_by_id=by,
        until_at=clock.now() + timedelta(days=decision.days) if is_for_days else None,
    )  # fmt: skip
    db.session.add(measure)
    _judge(post, decision.measure)
    if decision.is_passed_on and post.uri is not None:
        record(ReportPassedOn(reports[0].id, by_moderator=True))
    if measure.until_at is not None:
        jobs.put("end_measure", {"measure_id": str(measure.id)}, due_at=measure.until_at)
    _tell(measure)
    return measure


def _lock(post: Post) -> None:
    db.session.refresh(post, with_for_update=True)


def _author(post: Post) -> int | None:
    """Who is told and may contest: the author, or who wrote in a page's name."""
    author_id = db.session.scalar(select(Account.id).where(Account.actor_id == post.author_id))
    return author_id if author_id is not None else post.acted_by_id


def _judge(post: Post, verdict: str) -> None:
    post.verdict = verdict
    post.version += 1
    bus.publish({"edit": post.id})
    db.session.flush()
    if post.reply_to_id is not None:
        posts.refresh_walls(post.thread_id)


def _tell(measure: Measure) -> None:
    if measure.account_id is not None:
        record(MeasureTaken(measure.post_id, measure.account_id, measure.id))


def _close(report: Report, outcome: str, *, by: int | None, answer: str = "") -> None:
    report.outcome, report.answer, report.closed_at, report.closed_by_id = outcome, answer.strip(), clock.now(), by
    record(ReportAnswered(report.id, report.reporter_id or 0))


def is_in_force(measure: Measure) -> bool:
    """Whether the measure holds now."""
    return measure.until_at is None or measure.until_at > clock.now()


def lift(measure: Measure, post: Post, reason: str, *, by: int) -> None:
    """Give a post back, by another person than who took the measure. Raises `NotFound` for that one."""
    _refuse(wrong_words(reason, "reason"))
    _lock(post)
    if measure.decided_by_id == by or not is_in_force(measure):
        raise NotFound
    waiting = db.session.scalar(
        select(Measure).where(Measure.appeal_of_id == measure.id, Measure.measure.is_(None)).limit(1)
    )
    answer = waiting or Measure(
        id=new_id(), post_id=post.id, account_id=measure.account_id, appeal_of_id=measure.id
    )  # fmt: skip
    if waiting is None:
        db.session.add(answer)
    _answer(answer, "lifted", reason, by=by)
    _give_back(measure, post)
    _tell(measure)


def _give_back(measure: Measure, post: Post) -> None:
    measure.until_at = clock.now()
    if post.deleted_at is None:
        _judge(post, "visible")


def _answer(appeal: Measure, outcome: str, reason: str, *, by: int) -> None:
    appeal.measure, appeal.reason, appeal.decided_by_id, appeal.from_at = outcome, reason.strip(), by, clock.now()


def own(account_id: int, measure_id: int) -> Measure:
    """A measure against a post of this account. Raises `NotFound`."""
    measure = db.session.get(Measure, measure_id)
    if measure is None or measure.account_id != account_id or measure.appeal_of_id is not None:
        raise NotFound
    return measure


def appeals_of(measure: Measure) -> list[Measure]:
    """What was answered to a measure, the oldest first."""
    return list(db.session.scalars(select(Measure).where(Measure.appeal_of_id == measure.id).order_by(Measure.id)))


def may_appeal(measure: Measure) -> bool:
    """Once, while the measure holds."""
    return is_in_force(measure) and not appeals_of(measure)


def appeal(measure: Measure, plea: str) -> Measure:
    """Contest a measure; another person will read it. Raises `Invalid` the second time."""
    _refuse(wrong_words(plea, "plea"))
    db.session.refresh(measure, with_for_update=True)
    if not may_appeal(measure):
        raise Invalid("appeal.twice", _("Cette décision ne peut plus être contestée ici."))
    row = Measure(
        id=new_id(), post_id=measure.post_id, account_id=measure.account_id, plea=plea.strip(), appeal_of_id=measure.id
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row


def decide_appeal(contest: Measure, measure: Measure, post: Post, outcome: str, reason: str, *, by: int) -> None:
    """Uphold or lift what was contested; the caller has checked that `by` is another person."""
    errors = {} if outcome in {"upheld", "lifted"} else {"outcome": _("Choisissez ce que devient la décision.")}
    _refuse(errors | wrong_words(reason, "reason"))
    if outcome == "lifted" and is_in_force(measure):
        lift(measure, post, reason, by=by)
        return
    db.session.refresh(contest, with_for_update=True)
    if contest.measure is not None:
        raise Invalid("case.decided", _("Quelqu’un vient de décider. Relisez la liste."))
    _answer(contest, outcome, reason, by=by)
    _tell(measure)


def close_deleted(facts: Sequence[PostDeleted | PostRetracted]) -> None:
    """Reaction: nothing is left to decide about a deleted post."""
    gone = [fact.post_id for fact in facts]
    for report in db.session.scalars(select(Report).where(Report.post_id.in_(gone), Report.outcome.is_(None))):
        _close(report, "gone", by=None)
    for contest in db.session.scalars(select(Measure).where(Measure.post_id.in_(gone), Measure.measure.is_(None))):
        db.session.delete(contest)


def end_measure(payload: dict[str, Any]) -> None:
    """Task: a measure for some days is over; the post is back unless another measure holds."""
    with commit():
        measure = db.session.get(Measure, int(payload["measure_id"]))
        post = db.session.get(Post, measure.post_id) if measure else None
        if measure is None or post is None or is_in_force(measure):
            return
        later = select(Measure.id).where(
            Measure.post_id == post.id, Measure.appeal_of_id.is_(None), Measure.id > measure.id
        )
        _lock(post)
        if post.verdict == measure.measure and post.deleted_at is None and db.session.scalar(later) is None:
            _judge(post, "visible")
            _tell(measure)


def forget_reports(_payload: dict[str, Any]) -> None:
    """Task: a year after their answer reports go; where a measure still holds, only what names somebody."""
    with commit():
        old = Report.closed_at < clock.now() - KEPT_FOR
        held = Report.post_id.in_(select(Post.id).where(Post.verdict != "visible", Post.deleted_at.is_(None)))
        db.session.execute(delete(Report).where(old, ~held))
        db.session.execute(update(Report).where(old, held).values(name=None, email=None, text="", reporter_id=None))
