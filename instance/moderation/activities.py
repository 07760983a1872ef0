"""Reports between servers (Flag): theirs become cases here, ours go to the author's server, from the instance alone."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from federation import activities
from federation.documents import Activity
from federation.errors import Ignored
from federation.urls import host_of
from instance.accounts import keys
from instance.accounts.models import Actor, RemoteActor
from instance.core import clock, fed
from instance.core.db import db, new_id
from instance.core.facts import record
from instance.core.i18n import in_language
from instance.moderation import cases, reports
from instance.moderation.facts import ReportPassedOn, ReportReceived
from instance.moderation.models import Report
from instance.peers import outbox
from instance.posts import remote
from instance.posts.models import Post

POSTS_MAX = 10  # of one Flag
_INBOX = select(RemoteActor.inbox)


def receive_flag(activity: Activity) -> None:
    """A report for each public post of here that another server names; who reported it there stays unknown.

    Raises `Ignored` where no such post is named: a Flag says nothing of what its sender may not read.
    """
    posts = [post for uri in dict.fromkeys(activity.ids("object")) if (post := _public_post(uri)) is not None]
    if not posts:
        raise Ignored("flag.no_post")
    host = host_of(activity.actor)
    for number, post in enumerate(posts[:POSTS_MAX]):
        waits = select(Report.id).where(Report.post_id == post.id, Report.host == host, Report.outcome.is_(None))
        if db.session.scalar(waits.limit(1)) is None:
            _keep(post, host, activity.id if not number else f"{activity.id}#{number}", activity.text("content") or "")


def _public_post(uri: str) -> Post | None:
    path = fed.path_of(uri)
    post = remote.by_uri(uri)
    if path is not None and path.startswith("/p/") and path[3:].isdecimal() and len(path) < 22:
        post = db.session.get(Post, int(path[3:]))
    if post is None or not post.is_public or post.is_held or post.deleted_at is not None or post.verdict != "visible":
        return None
    return post


def _keep(post: Post, host: str, uri: str, words: str) -> None:
    row = Report(id=new_id(), post_id=post.id, host=host, uri=uri, reason="other", text=words[: reports.TEXT_MAX])
    db.session.add(row)
    db.session.flush()
    record(ReportReceived(row.id))


def send_flag(facts: Sequence[ReportPassedOn]) -> None:
    """Reaction: tell the author's server, once per report; with the reporter's or the moderator's words, no name."""
    for fact in facts:
        report = db.session.get(Report, fact.report_id)
        if report is None or report.sent_on_at is not None:
            continue
        post = db.session.get_one(Post, report.post_id)
        author, inbox = post.author.uri, db.session.scalar(_INBOX.where(RemoteActor.actor_id == post.author_id))
        if author is None or inbox is None or post.uri is None:
            continue
        number, uri = outbox.new_uri()
        about, us = [author, post.uri], fed.uri_of(keys.INSTANCE)
        said = activities.flag(about, id=uri, actor=us, content=_words(report, fact), to=[author])
        instance = db.session.scalars(select(Actor).where(Actor.path == keys.INSTANCE)).one()
        outbox.send(said, outgoing_id=number, sender=instance, inboxes=[inbox], object_uri=post.uri, is_public=False)
        report.sent_on_at = clock.now()


def _words(report: Report, fact: ReportPassedOn) -> str:
    if fact.by_moderator:
        measure = cases.measure_of(db.session.get_one(Post, report.post_id))
        return f"{measure.clause}\n{measure.reason}" if measure is not None else ""
    with in_language(report.language):
        return f"{reports.REASONS[report.reason]}\n{report.text}".strip()
