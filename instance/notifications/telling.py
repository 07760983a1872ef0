"""Reactions: from what happened to who hears of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import bindparam, select

from instance.accounts import relations
from instance.accounts.facts import NewDevice, SecondFactorChanged
from instance.accounts.models import Account, Identity, Mute
from instance.core import clock
from instance.core.db import BigId, db
from instance.core.web import settings
from instance.notifications import service, telling_messages
from instance.notifications.service import News
from instance.pages.facts import PageInvited
from instance.partners.facts import AgreementWaits
from instance.partners.models import Agreement
from instance.posts import thread_mutes, told, visibility
from instance.posts.audience import DIRECT
from instance.posts.facts import PostDeleted, PostPublished, PostRetracted, ScheduledFailed
from instance.posts.models import Post
from instance.quartiers import roles
from instance.quartiers import service as quartiers
from instance.quartiers.facts import QuartierOpened, ResidentVerified, RoleGiven
from instance.quartiers.models import Passage, Quartier

_MUTERS = select(Mute.muter_id).where(
    Mute.muter_id.in_(bindparam("ids", expanding=True, type_=BigId)),
    Mute.muted_id == bindparam("author", type_=BigId), Mute.hides_notices, relations.live(visibility.NOW),
)  # fmt: skip


def tell_published(facts: Sequence[PostPublished]) -> None:
    """Who was answered and who was named hears of it, if they may read it."""
    posts = [post for post in told.posts(facts) if post.deleted_at is None]
    naming = told.named([post.id for post in posts])
    for post in posts:
        if post.scope == DIRECT:
            telling_messages.tell_message(post)
            continue
        answered = _answered(post)
        path = f"/p/{post.thread_id}#r{post.id}" if post.reply_to_id else f"/p/{post.id}"
        _tell_actors(answered, News("reply", path, post.id), post)
        _tell_actors(naming[post.id] - answered, News("mention", path, post.id), post)


def _answered(post: Post) -> set[int]:
    """Authors of what the reply answers: the post just above, and the one that began the thread."""
    if post.reply_to_id is None:
        return set()
    above = select(Post.author_id).where(Post.id.in_([post.reply_to_id, post.thread_id]), Post.deleted_at.is_(None))
    return set(db.session.scalars(above))


def _tell_actors(actors: set[int], news: News, post: Post) -> None:
    if not actors:
        return
    deaf = {actor_id for actor_id, _thread in thread_mutes.who(actors, [post.thread_id])}
    about = {"ids": list(actors), "author": post.author_id, "now": clock.now()}
    deaf |= set(db.session.connection().scalars(_MUTERS, about))
    readers = [one for one in actors - {post.author_id} - deaf if visibility.may_read(one, post.id)]
    ids = db.session.scalars(select(Account.id).where(Account.actor_id.in_(readers))) if readers else ()
    service.tell(ids, news, settings().timezone)


def tell_unsent(facts: Sequence[ScheduledFailed]) -> None:
    """« Une annonce programmée n’est pas partie. » Each time: none of them is another."""
    for fact in facts:
        service.tell([fact.account_id], News("unsent", "/brouillons"), settings().timezone)


def tell_verified(facts: Sequence[ResidentVerified]) -> None:
    """« Votre adresse est vérifiée. »"""
    for fact in facts:
        path = f"/q/{db.session.get_one(Quartier, fact.quartier_id).slug}"
        service.tell([fact.account_id], News("verified", path, quartier_id=fact.quartier_id), settings().timezone)


def tell_opened(facts: Sequence[QuartierOpened]) -> None:
    """Every resident hears that the wall is open."""
    for fact in facts:
        path = f"/q/{db.session.get_one(Quartier, fact.quartier_id).slug}"
        residents = quartiers.resident_accounts(fact.quartier_id)
        service.tell(residents, News("opened", path, quartier_id=fact.quartier_id), settings().timezone)


def tell_role(facts: Sequence[RoleGiven]) -> None:
    """« Un rôle vous a été confié. »"""
    for fact in facts:
        news = News("role", "/mes-donnees", quartier_id=fact.quartier_id)
        service.tell([fact.account_id], news, settings().timezone)


def tell_page_invited(facts: Sequence[PageInvited]) -> None:
    """« Un rôle vous a été confié » : somebody is asked to speak for a page."""
    for fact in facts:
        service.tell([fact.account_id], News("role", "/mes-pages"), settings().timezone)


def tell_new_device(facts: Sequence[NewDevice]) -> None:
    """« Un nouvel appareil s’est connecté », to who has no e-mail: all others get a mail about it."""
    for fact in facts:
        person = db.session.get(Identity, fact.account_id)
        if person is not None and person.email is None:
            service.tell([fact.account_id], News("device", "/reglages/connexion"), settings().timezone)


def tell_second_factor(facts: Sequence[SecondFactorChanged]) -> None:
    """« La deuxième étape de votre connexion a changé », to who has no e-mail, as for a new device."""
    for fact in facts:
        person = db.session.get(Identity, fact.account_id)
        if person is not None and person.email is None:
            service.tell([fact.account_id], News("security", "/reglages/deuxieme-etape"), settings().timezone)


def forget_deleted(facts: Sequence[PostDeleted | PostRetracted]) -> None:
    """Notices of a deleted post are deleted."""
    service.forget_post([fact.post_id for fact in facts])


class Judged(Protocol):
    """A measure against a post (a fact of moderation, which this room does not know)."""

    @property
    def account_id(self) -> int: ...
    @property
    def measure_id(self) -> int: ...


class Answered(Protocol):
    """The answer to a report; `account_id` is 0 for a sender without account."""

    @property
    def account_id(self) -> int: ...


class Waiting(Protocol):
    """A report that waits for this moderator."""

    @property
    def account_id(self) -> int: ...
    @property
    def quartier_id(self) -> int: ...


def tell_case(facts: Sequence[Waiting]) -> None:
    """« Un message est signalé. » Which one and by whom stands on the page of moderation, where each look is noted."""
    for fact in facts:
        service.tell([fact.account_id], News("case", "/moderation", quartier_id=fact.quartier_id), settings().timezone)


def tell_agreement(facts: Sequence[AgreementWaits]) -> None:
    """« Un accord de voisinage vous attend », to every admin; of one city once a day, whatever it says."""
    for fact in facts:
        agreement = db.session.get(Agreement, fact.agreement_id)
        if agreement is not None:
            admins = [account.id for account in roles.holders("admin", None)]
            news = News("agreement", f"/admin/accords/{agreement.id}", actor_id=agreement.partner_id)
            service.tell(admins, news, settings().timezone)


class Invited(Protocol):
    """A quartier of another city asks one of ours to be its neighbour (a fact of partners)."""

    @property
    def passage_id(self) -> int: ...


def tell_invited(facts: Sequence[Invited]) -> None:
    """« Un quartier d’une autre ville demande à échanger », to those who moderate the quartier that is asked."""
    for fact in facts:
        passage = db.session.get(Passage, fact.passage_id)
        if passage is not None and passage.state == "invited":
            asked = [account.id for account in roles.holders("moderator", passage.quartier_id)]
            news = News("passage", "/moderation/voisins", quartier_id=passage.quartier_id, actor_id=passage.far_id)
            service.tell(asked, news, settings().timezone)


def tell_measure(facts: Sequence[Judged]) -> None:
    """« La modération a pris une décision. » It names no post: what follows on the same one is told as well."""
    for fact in facts:
        service.tell([fact.account_id], News("measure", f"/decisions/{fact.measure_id}"), settings().timezone)


def tell_report(facts: Sequence[Answered]) -> None:
    """« Votre signalement a reçu une réponse. »"""
    for fact in facts:
        if fact.account_id:
            service.tell([fact.account_id], News("report", "/signalements/mes"), settings().timezone)
