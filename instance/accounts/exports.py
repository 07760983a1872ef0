"""Lists to take away and to bring along, as CSV files in the columns that Mastodon writes and reads.

Read whole before anything is done: one line that cannot be understood, and nothing is taken.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import select

from federation.errors import BadDocument
from federation.urls import parse_handle
from instance.accounts import blocks, follows, service
from instance.accounts.models import Actor, Follow
from instance.core import clock, fed, jobs
from instance.core.db import db
from instance.core.errors import Invalid

FOLLOWS_HEAD = ("Account address", "Show boosts", "Notify on new posts", "Languages")
MUTES_HEAD = ("Account address", "Hide notifications")
FOLLOWERS_HEAD = ("Account address",)
KINDS = ("follows", "followers", "blocks", "mutes", "servers")
FILES = {
    "follows": "following_accounts.csv", "followers": "followers.csv", "blocks": "blocked_accounts.csv",
    "mutes": "muted_accounts.csv", "servers": "blocked_domains.csv",
}  # fmt: skip
ACTS = ("follows", "blocks")  # what can be brought along
BYTES_MAX = 1_000_000
LINES_MAX = 5_000
AT_ONCE, EACH_S = 50, 2  # so many accounts of a list are asked for at once, the others one by one


@dataclass(frozen=True)
class Taken:
    """What a file held: accounts that are asked for now, and those that stood so already."""

    new: int
    known: int


def written(actor_id: int, kind: str) -> str:
    """The list `kind` (one of `KINDS`) of an actor."""
    match kind:
        case "follows":
            return _text(FOLLOWS_HEAD, (
                (name, _flag(row.shows_boosts), _flag(row.notifies), ", ".join(row.languages or []))
                for row, name in _follows(actor_id)
            ))  # fmt: skip
        case "followers":
            rows = select(Actor).join(Follow, Follow.follower_id == Actor.id)
            accepted = rows.where(Follow.followed_id == actor_id, Follow.state == "accepted").order_by(Follow.id)
            return _text(FOLLOWERS_HEAD, ((_address(one),) for one in db.session.scalars(accepted)))
        case "blocks":
            return _text(None, ((_address(one),) for one in service.blocked_by(actor_id)))
        case "mutes":
            return _text(MUTES_HEAD, ((_address(one), _flag(hides)) for one, hides in blocks.mutes_of(actor_id)))
        case _:
            return _text(None, ((host,) for host in blocks.hosts(actor_id)))


def _follows(actor_id: int) -> list[tuple[Follow, str]]:
    rows = select(Follow, Actor).join(Actor, Actor.id == Follow.followed_id).where(Follow.follower_id == actor_id)
    return [(row, _address(actor)) for row, actor in db.session.execute(rows.order_by(Follow.id))]


def _address(actor: Actor) -> str:
    return f"{actor.handle}@{actor.host or fed.host()}"


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _text(head: Iterable[str] | None, rows: Iterable[Iterable[str]]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    if head is not None:
        writer.writerow(head)
    writer.writerows(rows)
    return file.getvalue()


def read(data: bytes) -> list[str]:
    """The accounts that a file names, `name@host`, each once. Raises `Invalid`, which names the first bad line."""
    if len(data) > BYTES_MAX:
        raise Invalid("import.size", _("Ce fichier est trop grand : un million d’octets au plus."), field="file")
    try:
        lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig")), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise Invalid("import.csv", _("Ce fichier n’est pas une liste au format CSV."), field="file") from error
    found: dict[str, None] = {}
    for number, cells in enumerate(lines, 1):
        first = cells[0].strip() if cells else ""
        if not first or (number == 1 and first.lower() == FOLLOWS_HEAD[0].lower()):
            continue
        found[_named(first, number)] = None
    if not found:
        raise Invalid("import.empty", _("Ce fichier ne nomme aucun compte."), field="file")
    if len(found) > LINES_MAX:
        raise Invalid("import.long", _("Ce fichier a trop de lignes : %(num)d au plus.", num=LINES_MAX), field="file")
    return list(found)


def _named(cell: str, number: int) -> str:
    try:
        name, host = parse_handle(cell)
    except BadDocument as error:
        sentence = _("Ligne %(num)d : ce n’est pas un compte, par exemple nom@exemple.org. Rien n’a été pris.",
                     num=number)  # fmt: skip
        raise Invalid("import.line", sentence, field="file") from error
    return f"{name}@{host}"


def take(actor_id: int, act: str, names: list[str]) -> Taken:
    """Have each of `names` followed or blocked by errands, for their servers must be asked. Inside `commit()`."""
    if act not in ACTS:
        raise Invalid("import.act", _("Choisissez ce que le fichier contient."), field="act")
    if act == "follows":
        if not follows.may_be_followed(db.session.get_one(Actor, actor_id)):
            raise Invalid(
                "import.visitor", _("Prouvez d’abord votre adresse : /preuve, une lettre suffit."), field="act"
            )
        known = {name.lower() for _row, name in _follows(actor_id)}
    else:
        known = {_address(one).lower() for one in service.blocked_by(actor_id)}
    new = [name for name in names if name.lower() not in known]
    for number, name in enumerate(new):
        later = timedelta(seconds=max(0, number - AT_ONCE) * EACH_S)  # errands of others find their turn in between
        jobs.put("take_imported", {"actor_id": str(actor_id), "act": act, "name": name}, due_at=clock.now() + later)
    return Taken(len(new), len(names) - len(new))
