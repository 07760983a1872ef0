"""Doors: what a view asks for before it begins. A closed door looks like no door."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import g, redirect, request, url_for
from flask_babel import gettext as _

from instance.accounts import second_factor
from instance.accounts.session import login_required
from instance.core.errors import NotAllowed, NotFound
from instance.core.web import current_account_id, page, settings
from instance.quartiers import roles, service

V = TypeVar("V", bound=Callable[..., Any])


def residence() -> service.Residence | None:
    """Where the reader lives, read once per request."""
    account_id = current_account_id()
    if account_id is None:
        return None
    if not hasattr(g, "residence"):
        g.residence = service.residence(account_id)
    found: service.Residence | None = g.residence
    return found


def my_roles() -> dict[str, list[int | None]]:
    """The reader's roles: name → quartier ids (None: everywhere), read once per request."""
    account_id = current_account_id()
    if account_id is None:
        return {}
    if not hasattr(g, "roles"):
        found: dict[str, list[int | None]] = {}
        for name, quartier_id in roles.held(account_id):
            found.setdefault(name, []).append(quartier_id)
        g.roles = found
    mine: dict[str, list[int | None]] = g.roles
    return mine


def resident_required(view: V) -> V:
    """For residents; a visitor is led to the proof of address."""

    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        if residence() is None:
            return redirect(url_for("verification.proof"), 303)
        return view(*args, **kwargs)

    return cast(V, login_required(checked))


def lacks_second_step() -> bool:
    """Whether the reader's work asks for a second step of log-in that is not set up; read once per request."""
    account_id = current_account_id()
    if account_id is None or not settings().roles_need_second_factor:
        return False
    if not hasattr(g, "lacks_second_step"):
        g.lacks_second_step = not second_factor.is_on(account_id)
    found: bool = g.lacks_second_step
    return found


def check_second_step() -> None:
    """Raise `NotAllowed` for an act of a role by somebody whose log-in has no second step."""
    if lacks_second_step():
        raise NotAllowed(
            "second_step", _("Mettez d’abord en place une deuxième étape de connexion, dans vos réglages.")
        )


def role_required(*names: str) -> Callable[[V], V]:
    """For holders of one of `names`, for whichever quartier; all others get the page of an absent address.

    Who has the role and no second step of log-in gets the page that leads to it.
    """

    def door(view: V) -> V:
        @wraps(view)
        def checked(*args: Any, **kwargs: Any) -> Any:
            if not any(name in my_roles() for name in names):
                raise NotFound
            if lacks_second_step():
                target = request.full_path.rstrip("?") if request.method in {"GET", "HEAD"} else "/travail"
                return page("accounts/second_needed.html", 403, next=target)
            return view(*args, **kwargs)

        return cast(V, checked)

    return door
