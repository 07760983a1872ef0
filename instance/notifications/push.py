"""Web Push: which devices hear of a notice, when, and with which words.

A device hears through a push service that belongs to somebody else: words are sealed for the device alone, and of what
is not public nothing is said, unless its owner wants it so. Whether anything may be said is asked when it is sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec
from flask_babel import gettext as _
from sqlalchemy import delete, exists, select, update

from federation.errors import BadDocument, FederationError, Forbidden, Refused
from instance.accounts import shown
from instance.accounts.models import Account, Follow, LoginSession
from instance.core import clock, fed, jobs, markup
from instance.core.db import commit, db, new_id
from instance.core.errors import DomainError, Invalid
from instance.core.i18n import in_language
from instance.core.web import settings
from instance.notifications import push_sealing, service
from instance.notifications.facts import NoticeGiven
from instance.notifications.models import Notification, PushSubscription
from instance.notifications.push_sealing import Device, public_key
from instance.notifications.words import sentence
from instance.posts.models import Post

# Our kinds in Mastodon's words, for programs; a browser of ours hears of all kinds.
TYPES = {
    "reply": "mention", "mention": "mention", "message": "mention", "follow": "follow",
    "follow_request": "follow_request", "thanks": "favourite", "boost": "reblog", "status": "status", "poll": "poll",
    "update": "update", "quote": "quote",
}  # fmt: skip
ALERTS = (
    "mention", "status", "reblog", "follow", "follow_request", "favourite", "poll", "update", "quote",
    "admin.sign_up", "admin.report",
)  # fmt: skip
POLICIES = ("all", "followed", "follower", "none")
TOLD_IF_PUBLIC = {"reply", "mention", "boost", "quote", "status", "update"}  # where the post is
NEVER_TOLD = {"tip", "desk"}  # a telephone on a table must not say that somebody writes to a newsroom (threats.md F8)
ENDPOINT_MAX, TITLE_MAX, BODY_MAX = 2000, 120, 160
LIFE = timedelta(days=2)  # how long a push service may keep it for a device that is off
GIVE_UP = timedelta(hours=12)  # news are old then
AGAIN = {408, 425, 429}
Programs = Callable[[Collection[int]], dict[int, str]]
_programs: list[Programs] = []


class Late(DomainError):
    """The push service did not take it now: the job is tried again, as its waits say."""


@dataclass(frozen=True)
class Wanted:
    """What a device asks for."""

    endpoint: str
    p256dh: str
    auth: str
    is_standard: bool
    alerts: list[str] = field(default_factory=list)
    policy: str = "all"


def register_programs(living: Programs) -> None:
    """Have `living(token_ids)` name the applications of those tokens that may push now: rooms above know."""
    if living not in _programs:
        _programs.append(living)


def check(wanted: Wanted) -> None:
    """Raise `Invalid` for an address or keys that no push service gives."""
    if not _is_address(wanted.endpoint):
        raise Invalid("push.endpoint", _("L’adresse de votre appareil doit commencer par https."), field="endpoint")
    try:
        Device.read(wanted.p256dh, wanted.auth)
    except ValueError as error:
        raise Invalid("push.keys", _("Les clés de votre appareil ne conviennent pas."), field="keys") from error
    if wanted.policy not in POLICIES:
        raise Invalid("push.policy", _("policy doit être all, followed, follower ou none."), field="policy")


def _is_address(endpoint: str) -> bool:
    """Whether `endpoint` is a whole web address without a name, a password, or a sign that breaks a header."""
    if len(endpoint) > ENDPOINT_MAX or not re.fullmatch(r"[!-~]+", endpoint):
        return False
    try:
        parts = urlsplit(endpoint)
        is_whole = bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        return False
    return is_whole and (parts.scheme == "https" or (parts.scheme == "http" and bool(settings().fetch_allow)))


def subscribe(account_id: int, wanted: Wanted, *, token_id: int | None = None, login_id: int | None = None) -> int:
    """This device instead of the one that the token or browser had before. Inside `commit()`; see `check`."""
    unsubscribe(token_id=token_id, login_id=login_id)
    row = PushSubscription(
        id=new_id(), account_id=account_id, token_id=token_id, login_id=login_id, endpoint=wanted.endpoint,
        point=wanted.p256dh, auth=wanted.auth, is_standard=wanted.is_standard, alerts=wanted.alerts,
        policy=wanted.policy, created_at=clock.now(),
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row.id


def unsubscribe(*, token_id: int | None = None, login_id: int | None = None) -> None:
    """The device of a token or a browser hears no more. Inside `commit()`."""
    column = PushSubscription.token_id if token_id is not None else PushSubscription.login_id
    mine = delete(PushSubscription).where(column == (token_id if token_id is not None else login_id))
    db.session.execute(mine)


def of_token(token_id: int) -> PushSubscription | None:
    """The device of a program."""
    return db.session.scalar(select(PushSubscription).where(PushSubscription.token_id == token_id))


def of_account(account_id: int) -> list[tuple[PushSubscription, str]]:
    """The devices that would hear now, with a name for each, the latest first."""
    mine = select(PushSubscription).where(PushSubscription.account_id == account_id)
    rows = list(db.session.scalars(mine.order_by(PushSubscription.id.desc())))
    names = _names(rows)
    return [(row, names[row.id]) for row in rows if row.id in names]


def _names(rows: Sequence[PushSubscription]) -> dict[int, str]:
    """Those whose token or session lives, by id: the name of the application, or of the browser."""
    logins = [row.login_id for row in rows if row.login_id is not None]
    alive = select(LoginSession.id, LoginSession.device).where(
        LoginSession.id.in_(logins), LoginSession.expires_at > clock.now()
    )
    browsers = {row[0]: row[1] for row in db.session.execute(alive)} if logins else {}
    tokens = [row.token_id for row in rows if row.token_id is not None]
    programs: dict[int, str] = {}
    for living in _programs if tokens else ():
        programs |= living(tokens)
    found = {row.id: programs.get(row.token_id or 0) or browsers.get(row.login_id or 0) for row in rows}
    return {number: name for number, name in found.items() if name is not None}


def order(facts: Sequence[NoticeGiven]) -> None:
    """Reaction: a job for each device that wants to hear, due after the quiet hours of its owner (F58)."""
    rows = db.session.execute(
        select(Notification, PushSubscription, Account)
        .join(Account, Account.id == Notification.account_id)
        .join(PushSubscription, PushSubscription.account_id == Account.id)
        .where(Notification.id.in_([fact.notification_id for fact in facts]), ~Notification.is_filtered)
    )
    for notice, device, account in rows:
        if _is_wanted(notice, device):
            _put(notice.id, device.id, _when(account))


def _is_wanted(notice: Notification, device: PushSubscription) -> bool:
    return device.login_id is not None or TYPES.get(notice.kind) in device.alerts


def _when(account: Account) -> datetime:
    return service.after_quiet(clock.now(), account.quiet_from_h, account.quiet_to_h, settings().timezone)


def _put(notice_id: int, device_id: int, due: datetime) -> None:
    until = int((due + GIVE_UP).timestamp())
    jobs.put("send_push", {"notice": str(notice_id), "device": str(device_id), "until": until}, due_at=due)


def send_push(payload: dict[str, Any]) -> None:
    """Errand: knock at the push service, if the notice, the device and the right to read are there still."""
    notice = db.session.get(Notification, int(payload["notice"]))
    device = db.session.get(PushSubscription, int(payload["device"]))
    if notice is None or device is None or clock.now().timestamp() > payload["until"]:
        return
    account = db.session.get_one(Account, device.account_id)
    if not _may_hear(account, notice, device):
        return
    if (due := _when(account)) > clock.now():  # a try that failed, or hours that were chosen since
        with commit():
            _put(notice.id, device.id, due)
        return
    said = _said(account, notice, device)
    if said is not None:
        _knock(device, notice.id, said)


def _may_hear(account: Account, notice: Notification, device: PushSubscription) -> bool:
    if account.state != "active" or notice.is_filtered or notice.read_at is not None or not _names([device]):
        return False
    return _is_wanted(notice, device) and _fits(account, notice, device.policy)


def _fits(account: Account, notice: Notification, policy: str) -> bool:
    """Whether who did it is somebody of whom this device hears."""
    doer = notice.actor_id
    if doer is None and notice.post_id is not None:
        doer = db.session.scalar(select(Post.author_id).where(Post.id == notice.post_id))
    if policy == "all" or doer is None:
        return policy != "none"
    ends = {"followed": (account.actor_id, doer), "follower": (doer, account.actor_id)}.get(policy)
    if ends is None:
        return False
    if policy == "followed" and doer in shown.neighbours(account.actor_id, [doer]):
        return True  # a neighbour who answers is never a stranger (policy.py)
    pair = Follow.follower_id == ends[0], Follow.followed_id == ends[1]
    return bool(db.session.scalar(select(exists().where(*pair, Follow.state == "accepted"))))


def _said(account: Account, notice: Notification, device: PushSubscription) -> bytes | None:
    """The words, as Mastodon spells them; None about something that the reader may not read."""
    found = service.one(account.id, account.actor_id, notice.id)
    if found is None:
        return None
    post = db.session.get(Post, notice.post_id) if notice.post_id and notice.kind != "measure" else None
    is_public = post is not None and post.is_public and notice.kind in TOLD_IF_PUBLIC
    with in_language(account.language):
        title, body = str(_("Du nouveau dans votre quartier")), ""
        if (is_public or account.pushes_words) and notice.kind not in NEVER_TOLD:
            title = markup.first_line(sentence(found), TITLE_MAX)
            body = markup.first_line(_words(post), BODY_MAX) if post is not None else ""
    document: dict[str, Any] = {
        "access_token": "", "preferred_locale": account.language, "notification_id": notice.id,
        "notification_type": TYPES.get(notice.kind, notice.kind), "icon": fed.uri_of("/static/icon-192.png"),
        "title": title, "body": body,
    }  # fmt: skip
    if device.login_id is not None:
        document["url"] = f"/avis/{notice.id}"
    return msgspec.json.encode(document)


def _words(post: Post) -> str:
    """What a locked telephone may show: of words under a warning, the warning."""
    return post.warning or f"{post.title} {post.text}".strip()


def _knock(device: PushSubscription, notice_id: int, said: bytes) -> None:
    number, endpoint = device.id, device.endpoint
    headers, body = _sealed(device, said)
    headers |= {
        "content-type": "application/octet-stream", "ttl": str(int(LIFE.total_seconds())), "urgency": "normal",
        "topic": push_sealing.to_base64(notice_id.to_bytes(8)),  # a second copy takes the place of the first
    }  # fmt: skip
    db.session.rollback()  # no transaction stays open while the push service takes its time
    try:
        status = fed.engine().push(endpoint, headers, body).status
    except (Forbidden, Refused, BadDocument):
        _drop(number)  # an address within some network, or none at all: no device has such a one
        return
    except FederationError as error:
        _note(number, error.code)
        raise Late(f"push.{error.code}") from error
    if 200 <= status < 300:
        _note(number, None)
    elif status in (404, 410):
        _drop(number)
    else:
        _note(number, f"http {status}")
        if status in AGAIN or status >= 500:
            raise Late(f"push.{status}")


def _sealed(device: PushSubscription, said: bytes) -> tuple[dict[str, str], bytes]:
    keys, parts = Device.read(device.point, device.auth), urlsplit(device.endpoint)
    seal = push_sealing.sealed if device.is_standard else push_sealing.sealed_as_of_old
    contact = fed.base_url() if fed.base_url().startswith("https") else f"mailto:{settings().mail_from}"
    return seal(said, keys, f"{parts.scheme}://{parts.netloc}", contact, clock.now())


def _drop(device_id: int) -> None:
    with commit():
        db.session.execute(delete(PushSubscription).where(PushSubscription.id == device_id))


def _note(device_id: int, trouble: str | None) -> None:
    values: dict[str, Any] = {"trouble": trouble} if trouble else {"trouble": None, "reached_at": clock.now()}
    with commit():
        db.session.execute(update(PushSubscription).where(PushSubscription.id == device_id).values(values))


__all__ = ["Wanted", "check", "of_account", "of_token", "order", "public_key", "send_push", "subscribe", "unsubscribe"]
