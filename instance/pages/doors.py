"""The door to a page's rooms: for its team; everybody else gets the page of an absent address."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from instance.accounts.session import login_required
from instance.core.errors import NotFound
from instance.core.web import current_account_id
from instance.pages import service

V = TypeVar("V", bound=Callable[..., Any])


def team_required(*roles: str) -> Callable[[V], V]:
    """For the team of the page at `slug` (its managers only: `team_required("manager")`).

    The view is handed the row as its first argument, in place of the `slug` in its address.
    """

    def door(view: V) -> V:
        @wraps(view)
        def checked(slug: str, **kwargs: Any) -> Any:
            found = service.by_slug(slug)
            role = service.role_of(found.id, current_account_id() or 0)
            if role is None or (roles and role not in roles) or found.state == "closed":
                raise NotFound
            return view(found, **kwargs)

        return cast(V, login_required(checked))

    return door
