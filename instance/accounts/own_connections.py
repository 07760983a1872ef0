"""Chapters of « mes données » about the world beyond: what strangers may know, who follows whom, what is kept away."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import case, select

from instance.accounts import blocks, service, shown
from instance.accounts.models import Account, Actor, ActorNote, Follow
from instance.core.db import db
from instance.core.i18n import long_day

Row = tuple[str, str]


def outside(account_id: int) -> list[Row]:
    """What the account shows and allows outside of its quartier."""
    account = db.session.get_one(Account, account_id)
    reached = {"anyone": _("tout le monde"), "followed": _("les personnes que je suis"), "nobody": _("personne")}
    fields = [f"{one['name']} : {one['value']}" for one in account.fields or []]
    rows = [
        (_("Nom montré hors de Quartier Libre"), account.actor.outside_name or f"@{account.actor.handle}"),
        (_("Quelques mots sur vous"), account.summary or _("aucun")),
        (_("Champs de votre profil"), " · ".join(fields) or _("aucun")),
        (_("Être proposé quand un voisin cherche un nom"), _("oui") if account.is_discoverable else _("non")),
        (_("Vous demander avant d’être suivi"), _("oui") if account.approves_followers else _("non")),
        (_("Qui peut vous écrire d’un autre serveur"), reached[account.reached_by]),
        (_("Vos anciens comptes"), ", ".join(account.also_known_as.split()) or _("aucun")),
    ]
    if account.moved_to and account.moved_at:
        rows.append((_("Parti le %(day)s vers", day=long_day(account.moved_at)), account.moved_to))
    return rows


def follows(account_id: int) -> list[Row]:
    """Whom the account follows, and who follows it."""
    mine = db.session.get_one(Account, account_id).actor_id
    followed = select(Actor, case((Follow.is_endorsed, "shown"), else_=Follow.state))
    followed = followed.join(Follow, Follow.followed_id == Actor.id)
    following = select(Actor, Follow.state).join(Follow, Follow.follower_id == Actor.id)
    to = db.session.execute(followed.where(Follow.follower_id == mine).order_by(Follow.id)).all()
    back = db.session.execute(following.where(Follow.followed_id == mine).order_by(Follow.id)).all()
    words = {"accepted": _("suivi"), "pending": _("demande envoyée"), "shown": _("suivi, montré sur votre profil")}
    words_back = {"accepted": _("vous suit"), "pending": _("demande à vous suivre")}
    return [
        (f"{one.name} (@{one.acct})", said[row[1]])
        for rows, said in ((to, words), (back, words_back))
        for one, row in zip(shown.people(mine, [row[0] for row in rows]), rows, strict=True)
    ]


def apart(account_id: int) -> list[Row]:
    """People blocked, people muted, servers blocked."""
    mine = db.session.get_one(Account, account_id).actor_id
    lists = ((_("bloqué"), service.blocked_by(mine)), (_("masqué"), blocks.muted_by(mine)))
    people = [
        (f"{one.name} (@{one.acct})", word) for word, actors in lists for one in shown.people(mine, actors)
    ]  # fmt: skip
    return people + [(host, _("serveur bloqué")) for host in blocks.hosts(mine)]


def notes(account_id: int) -> list[Row]:
    """What the account wrote down about others, for itself alone."""
    mine = db.session.get_one(Account, account_id).actor_id
    rows = select(Actor, ActorNote.text).join(ActorNote, ActorNote.about_id == Actor.id)
    found = db.session.execute(rows.where(ActorNote.account_id == account_id).order_by(Actor.id)).all()
    people = shown.people(mine, [row[0] for row in found])
    return [(f"{one.name} (@{one.acct})", row[1]) for one, row in zip(people, found, strict=True)]
