"""What pages ask of groups: may words be written, and where a group is at home."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext as _
from sqlalchemy import exists, select

from instance.core.db import db
from instance.core.errors import NotAllowed
from instance.groups.models import Group
from instance.posts.models import Post, PostCircle
from instance.quartiers.models import Quartier
from instance.quartiers.service import Residence


def takes_words(answered: Post) -> bool:
    """Whether the group in which `answered` stands is open: a closed one is read only."""
    circles = select(PostCircle.circle_id).where(PostCircle.post_id == answered.id)
    live = exists(select(1).where(Group.circle_id.in_(circles), Group.state == "live"))
    return bool(db.session.scalar(select(live)))


def check_writes(home: Residence | None) -> None:
    """Raises `NotAllowed` for who does not write at the moment."""
    if home is None or not home.may_post:
        raise NotAllowed("post.closed", _("Votre quartier n’est pas encore ouvert, ou votre preuve a pris fin."))


def places(groups: Iterable[Group]) -> dict[int, str]:
    """Where each of `groups` is at home, by its id; nothing for those of the whole city."""
    homes = {one.id: one.quartier_id for one in groups if one.quartier_id is not None}
    names = dict(db.session.execute(select(Quartier.id, Quartier.name).where(Quartier.id.in_(homes.values()))).all())
    return {group_id: names[home_id] for group_id, home_id in homes.items() if home_id in names}
