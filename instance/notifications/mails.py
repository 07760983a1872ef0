"""Notices by mail: who, where and what kind. No text of a post, no address, no picture; never in the subject.

The first lines come only to those who switched them on. Whether the reader may read the post is asked again when the
mail is made. The link carries no session; the unsubscribe token can do nothing else (RFC 8058).
"""

from __future__ import annotations

from typing import Any

from flask import current_app

from instance.accounts.models import Account, Identity
from instance.core import markup
from instance.core.db import db
from instance.core.i18n import in_language
from instance.core.mail import Mail, send
from instance.core.web import settings
from instance.notifications import service
from instance.notifications.models import Notification
from instance.notifications.words import sentence, subject
from instance.posts.models import Post


def mail_notice(payload: dict[str, Any]) -> None:
    """Task: send one notice, unless it was switched off, deleted or hidden meanwhile."""
    row = db.session.get(Notification, int(payload["notification_id"]))
    account = db.session.get(Account, row.account_id) if row else None
    if row is None or account is None or account.state != "active":
        return
    email = db.session.get_one(Identity, account.id).email
    shown = service.one(account.id, account.actor_id, row.id)
    if shown is None or email is None or not service.channels(account.id, row.kind).by_mail:
        return
    lines = _first_lines(account, row)
    stop = f"{settings().base_url}/avis/desabonner/{service.unsubscribe_token(account.id, row.kind)}"
    with in_language(account.language):
        values = {
            "sentence": sentence(shown), "url": f"{settings().base_url}/avis/{row.id}", "lines": lines, "stop": stop,
            "base_url": settings().base_url, "site_name": settings().name, "subject": subject(shown.kind),
        }  # fmt: skip
        text = current_app.jinja_env.get_template("mail/notice.txt").render(**values)
        html = current_app.jinja_env.get_template("mail/notice.html").render(**values)
        headers = {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
        title = subject(shown.kind)
    db.session.rollback()  # no transaction stays open while the mail server takes its time
    send(Mail(email, title, text, html, headers), settings())


def _first_lines(account: Account, row: Notification) -> str:
    if not account.shows_first_lines or row.post_id is None or row.kind == "measure":
        return ""
    post = db.session.get_one(Post, row.post_id)
    return markup.first_line(f"{post.title} {post.text}".strip(), 160)
