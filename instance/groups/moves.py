"""What a change of home does to memberships, and what goes when an account closes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select

from instance.accounts.models import Account
from instance.core.db import db
from instance.groups import service
from instance.groups.models import Group, GroupSeat
from instance.quartiers import service as quartiers


def settle(account: Account, home_id: int | None, reads_until: datetime | None) -> None:
    """Somebody lives elsewhere from now on, or nowhere: they stay in the groups that admit them there.

    Who lives nowhere reads nothing and is counted nowhere, but comes back with the next proof where it still fits.
    """
    rows = db.session.execute(
        select(GroupSeat, Group)
        .join(Group, Group.id == GroupSeat.group_id)
        .where(GroupSeat.actor_id == account.actor_id, GroupSeat.state != "removed")  # a move brings nobody back in
    ).all()
    for seat, group in rows:
        if home_id is None:
            quartiers.take_out(group.circle_id, account.actor_id)
            if seat.state == "asked":
                db.session.delete(seat)
            else:
                seat.state, seat.role = "away", "member"
        elif not service.admits(group.id, home_id):
            quartiers.take_out(group.circle_id, account.actor_id)
            db.session.delete(seat)
        elif seat.state != "asked":
            quartiers.put_in(group.circle_id, account.actor_id, reads_until)
            seat.state = "member"
    if rows:
        service.note_change(account.actor_id)
    service.settle_keepers({group.id for _seat, group in rows})


def erase(account: Account) -> None:
    """Every group is left; its circle with all others of the account."""
    mine = set(db.session.scalars(select(GroupSeat.group_id).where(GroupSeat.actor_id == account.actor_id)))
    db.session.execute(delete(GroupSeat).where(GroupSeat.actor_id == account.actor_id))
    service.settle_keepers(mine)
