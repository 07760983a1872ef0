"""Finding a person or a group by what people type: a name here, @name@host, or an address."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from federation.errors import FederationError, TooFast, Unreachable
from federation.urls import parse_handle
from instance.accounts import relations, remote, throttle
from instance.accounts.models import Actor
from instance.core.db import commit, db
from instance.core.fed import engine, host, path_of

ASKS = throttle.Limit(60, timedelta(hours=1))  # of other servers, by one resident


def asks_of(account_id: int) -> tuple[str, throttle.Limit]:
    """What is counted before an account has other servers asked, whichever way (`tries.count_try`)."""
    return throttle.subject("search elsewhere", str(account_id)), ASKS


def find(asked: str, viewer: int, *, asks_others: bool) -> list[Actor]:
    """The actor that `asked` names, if it may be met by `viewer`; `asks_others`: fetch it from its own server.

    Called by people who are logged in only: nothing is fetched for strangers (threats.md, rule 5).
    """
    found = _known(asked)
    if found is None and asks_others:
        found = _fetched(asked)
    return [found] if found is not None and relations.may_meet(viewer, found) else []


def _known(asked: str) -> Actor | None:
    if asked.startswith(("http://", "https://")):
        path = path_of(asked)
        here = Actor.path == path if path is not None else Actor.uri == asked
        return db.session.scalar(select(Actor).where(here))
    handle, _at, server = asked.lstrip("@").partition("@")
    elsewhere = server.lower() not in {"", host()}
    place = Actor.host == server.lower() if elsewhere else Actor.host.is_(None) & Actor.path.is_not(None)
    same = Actor.handle == (handle if elsewhere else handle.lower())
    return db.session.scalar(select(Actor).where(same, place).order_by(Actor.id))


def named(asked: str) -> Actor | None:
    """The actor that `asked` names, for errands: raises `Unreachable` or `TooFast` where later may be better."""
    found = _known(asked)
    if found is not None:
        return found
    try:
        return _fetch(asked)
    except (Unreachable, TooFast):
        raise
    except FederationError:
        return None


def _fetched(asked: str) -> Actor | None:
    """Ask the server that `asked` names; None where it has no such actor or does not answer."""
    try:
        return _fetch(asked)
    except (FederationError, ValueError):
        return None


def _fetch(asked: str) -> Actor | None:
    uri = asked if asked.startswith(("http://", "https://")) else engine().lookup("@".join(parse_handle(asked)))
    if path_of(uri) is not None:
        return None
    document = engine().fetch_actor(uri)
    with commit():
        actor_id = remote.store(document).id
    return db.session.get(Actor, actor_id)
