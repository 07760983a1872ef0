"""Who is at the browser: log-in, the cookie's token, the end of sessions, notice of a new device."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import wraps
from ipaddress import ip_network
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, redirect, request, session, url_for
from sqlalchemy import bindparam, delete, select

from instance.accounts.facts import NewDevice
from instance.accounts.models import Account, KnownDevice, LoginSession
from instance.core import clock, secrets
from instance.core.db import Moment, commit, db, new_id
from instance.core.facts import record
from instance.core.web import local_path, network, page, settings, what_was_typed

DAYS = 90
SEEN_EVERY = timedelta(hours=1)
DEVICE_COOKIE = "ql_device"
FOR_STRANGERS = ("language",)
V = TypeVar("V", bound=Callable[..., Any])
BROWSERS = (("Firefox", "Firefox"), ("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"),
            ("Chrom", "Chrome"), ("Safari", "Safari"))  # fmt: skip
SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
           ("Mac OS", "Mac"), ("Linux", "Linux"))  # fmt: skip
UNWATCHED = {"static", "health", "ready", "metrics", "service_worker", "manifest"}
# Built once: it is asked at every request (performance.md, rule 5).
_READER = (
    select(LoginSession.id, LoginSession.seen_at, Account)
    .join(Account, Account.id == LoginSession.account_id)
    .where(
        LoginSession.token_digest == bindparam("digest"),
        LoginSession.expires_at > bindparam("now", type_=Moment),
        Account.state == "active",
    )
)


def bind(app: Flask) -> None:
    """Find out at each request who is reading."""
    app.before_request(load)


def load() -> None:
    """Set g.account, g.actor_id, g.account_id and g.language from the session's token, asked anew."""
    token = session.get("token")
    if token is None or (request.endpoint or "").rpartition(".")[2] in UNWATCHED:
        return
    now = clock.now()
    found = db.session.execute(_READER, {"digest": secrets.digest(token), "now": now}).first()
    if found is None:
        return
    login_id, seen_at, account = found
    g.login_id, g.account, g.language = login_id, account, account.language
    g.account_id, g.actor_id = account.id, account.actor_id
    if now - seen_at > SEEN_EVERY:
        _touch(login_id, account.id)


def _touch(login_id: int, account_id: int) -> None:
    with commit():
        login = db.session.get_one(LoginSession, login_id)
        login.seen_at = clock.now()
        login.expires_at = clock.now() + timedelta(days=DAYS)
        db.session.get_one(Account, account_id).active_on = _today()


def _today() -> date:
    return clock.day_of(clock.now(), settings().timezone)


def account() -> Account:
    """The account that is logged in; only behind `login_required`."""
    found: Account = g.account
    return found


def login_required(view: V) -> V:
    """Strangers are sent to the log-in and come back; what they had typed is shown to be kept."""

    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        if getattr(g, "account", None) is not None:
            return view(*args, **kwargs)
        if request.method in {"GET", "HEAD"}:
            return redirect(url_for("accounts.login", next=request.full_path.rstrip("?")), 303)
        return page("accounts/logged_out.html", 401, typed=what_was_typed(), back=came_from())

    return cast(V, checked)


def came_from() -> str:
    """The path of the page that sent this form, if it was one of ours; else the first page."""
    parts = urlsplit(request.referrer or "")
    if parts.netloc != request.host:
        return "/"
    return local_path(f"{parts.path}?{parts.query}" if parts.query else parts.path)


def begin(account: Account) -> str:
    """A session for `account`, inside `commit()`; the token that the cookie will hold.

    A browser from which the account never logged in before is noted, and its owner told (save at the first).
    """
    token = secrets.token()
    now = clock.now()
    row = LoginSession(
        id=new_id(), account_id=account.id, token_digest=secrets.digest(token), device=device_name(),
        network=cut_network(), created_at=now, seen_at=now, expires_at=now + timedelta(days=DAYS),
    )  # fmt: skip
    db.session.add(row)
    account.active_on = _today()
    _know_device(account, row.id)
    return token


def _know_device(account: Account, session_id: int) -> None:
    sign = request.cookies.get(DEVICE_COOKIE) or secrets.token()
    g.device_cookie = sign
    digest = secrets.digest(sign)
    if db.session.get(KnownDevice, (digest, account.id)) is not None:
        return
    knows_others = db.session.scalar(select(KnownDevice.digest).where(KnownDevice.account_id == account.id).limit(1))
    db.session.add(KnownDevice(digest=digest, account_id=account.id, since=clock.now()))
    if knows_others is not None:
        record(NewDevice(account.id, session_id, device_name()))


def enter(answer: Response, token: str) -> Response:
    """Give the browser its session: the old one of this browser is thrown away first."""
    leave()
    session.permanent = True
    session["token"] = token
    return remember(answer, DEVICE_COOKIE, g.device_cookie)


def remember(answer: Response, name: str, value: str) -> Response:
    """Have the browser keep a cookie that outlives its session, for 400 days."""
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    answer.set_cookie(name, value, max_age=400 * 86400, httponly=True, samesite="Lax", secure=secure)
    return answer


def leave() -> None:
    """The browser forgets its session; what a stranger may choose too stays chosen."""
    kept = {name: session[name] for name in FOR_STRANGERS if name in session}
    session.clear()
    session.update(kept)


def of(account_id: int) -> list[LoginSession]:
    """The account's sessions that are alive, the one used last first."""
    return list(
        db.session.scalars(
            select(LoginSession)
            .where(LoginSession.account_id == account_id, LoginSession.expires_at > clock.now())
            .order_by(LoginSession.seen_at.desc(), LoginSession.id.desc())
        )
    )


def end_others(account_id: int, login_id: int) -> None:
    """End every session of the account but this one, inside `commit()`."""
    others = delete(LoginSession).where(LoginSession.account_id == account_id, LoginSession.id != login_id)
    db.session.execute(others)


def end(login_id: int) -> None:
    """End one session, inside `commit()`."""
    row = db.session.get(LoginSession, login_id)
    if row is not None:
        db.session.delete(row)


def device_name() -> str:
    """Browser and system in two words, for the list of sessions: nothing finer is kept."""
    agent = request.user_agent.string[:400]
    browser = next((word for sign, word in BROWSERS if sign in agent), "Navigateur")
    system = next((word for sign, word in SYSTEMS if sign in agent), "")
    return f"{browser}, {system}" if system else browser


def cut_network() -> str:
    """The caller's network: IPv4 cut to /24, IPv6 to /48 (threats.md F11)."""
    try:
        known = ip_network(network())
    except ValueError:
        return ""
    return str(known.supernet(new_prefix=24 if known.version == 4 else 48))
