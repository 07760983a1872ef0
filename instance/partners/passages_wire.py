"""What two adjacent quartiers of two cities tell each other and their followers beside the Follow itself.

The Follow names its agreement; a passage that opens or closes is an Add to, or a Remove from, `adjacent`; a kill switch
is an Update of the agreement that lists the shut Groups. `adjacent` of the other side is compared once a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from federation import activities
from federation.documents import Activity, id_of
from federation.errors import FederationError, Ignored, TooFast, Unreachable
from federation.urls import is_same_origin
from federation.vocabulary import PUBLIC
from instance.accounts import follow_wire, follows, keys, remote
from instance.accounts.models import Actor, RemoteActor
from instance.core import clock, fed, jobs
from instance.core.db import commit, db
from instance.partners import agreements, passages, proofs
from instance.partners.models import Agreement
from instance.peers import outbox
from instance.quartiers.facts import PassageClosed, PassageOpened, QuartierShut
from instance.quartiers.models import Passage, Quartier

Json = dict[str, Any]
SHUT = "ql:shut"
PAGES_MAX = 10
COMPARE_BUDGET = 2 + PAGES_MAX
SHUT_CONTEXT = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/data-integrity/v2",
                {"ql": "https://quartier-libre.example/ns#"}]  # fmt: skip


def agreement_named(follower: Actor, followed: Actor) -> str | None:
    """The address of the agreement under which a quartier of ours follows one of another city."""
    if follower.kind != "group" or followed.kind != "group":
        return None
    passage = passages.between(follower.id, followed.id)
    return agreements.uri_of(passages.agreement_of(passage)) if passage is not None else None


follow_wire.register_instrument(agreement_named)


def tell_adjacent(facts: Sequence[PassageOpened | PassageClosed]) -> None:
    """Reaction: Add to `adjacent`, or Remove from it, to all who follow the quartier and to the other side."""
    for fact in facts:
        passage = db.session.get(Passage, fact.passage_id)
        if passage is None or passage.is_open != isinstance(fact, PassageOpened):
            continue  # it has changed since: the later fact tells
        quartier, far = db.session.get_one(Quartier, passage.quartier_id), db.session.get_one(Actor, passage.far_id)
        group = fed.uri_of(f"/q/{quartier.slug}")
        number, uri = outbox.new_uri()
        make = activities.add if passage.is_open else activities.remove
        collection = f"{group}/adjacent"
        said = make(far.uri or "", id=uri, actor=group, target=collection, to=[PUBLIC, f"{group}/followers"])
        inboxes = follows.follower_inboxes(quartier.actor_id) | _inbox(far.id, is_shared=True)
        outbox.send(
            said, outgoing_id=number, sender=quartier.actor, inboxes=inboxes, object_uri=collection, is_public=False
        )  # fmt: skip


def tell_shut(facts: Sequence[QuartierShut]) -> None:
    """Reaction: each city that touches the quartier learns which of the quartiers in their agreement are shut now."""
    touched = {fact.quartier_id for fact in facts}
    concerned = select(Passage.agreement_id).where(Passage.quartier_id.in_(touched))
    application = db.session.scalar(select(Actor).where(Actor.path == keys.INSTANCE))
    live = Agreement.state == "live"
    for agreement in db.session.scalars(select(Agreement).where(Agreement.id.in_(concerned), live)).all():
        if application is not None and agreement.partner_id is not None:
            _tell_shut(agreement, application, agreement.partner_id)


def _tell_shut(agreement: Agreement, application: Actor, partner_id: int) -> None:
    shut = (
        select(Quartier.slug)
        .join(Passage, Passage.quartier_id == Quartier.id)
        .where(Passage.agreement_id == agreement.id, Quartier.is_shut)
        .distinct()
        .order_by(Quartier.slug)
    )
    number, uri = outbox.new_uri()
    here = agreements.uri_of(agreement)
    outbox.overtake(here, SHUT)
    thing = {
        "type": ["Agreement", "ql:Peering"], "id": here,
        SHUT: [fed.uri_of(f"/q/{slug}") for slug in db.session.scalars(shut)],
    }  # fmt: skip
    said = {
        "@context": SHUT_CONTEXT, "id": uri, "type": "Update", "actor": agreements.our_application(),
        "to": [remote.uri_of(db.session.get_one(Actor, partner_id))],
        "updated": activities.stamp(clock.now()), "object": thing,
    }  # fmt: skip
    outbox.send(
        proofs.sign(said), outgoing_id=number, sender=application, inboxes=_inbox(partner_id), object_uri=here,
        is_public=False,
    )  # fmt: skip


def receive_shut(agreement: Agreement, activity: Activity) -> None:
    """Handler, for one whose proof has been checked: the partner lists its shut quartiers; all others are open."""
    said = activity.claimed
    listed = said.json.get(SHUT) if said is not None else None
    if not isinstance(listed, list) or len(listed) > agreements.PAIRS_MAX:
        raise Ignored("agreement.shut")
    uris = [one for item in listed if (one := id_of(item)) is not None]
    passages.receive_shut(agreement, uris, activity.moment("updated") or clock.now())


def receive_listed(activity: Activity) -> None:
    """Handler: a quartier of another city added one to its `adjacent`, or took one away.

    Whether two quartiers are adjacent is settled by their follows: this is compared with it, and changes nothing.
    What is added to other collections, such as pins, is shown on the pages of its own server only.
    """
    far = remote.find(activity.actor)
    if far is None or activity.target != f"{activity.actor}/adjacent" or fed.path_of(activity.actor) is not None:
        raise Ignored("featured")
    found = db.session.scalars(select(Passage).where(Passage.far_id == far.id, Passage.state == "joined")).all()
    if not found:
        raise Ignored("adjacent.unknown")
    for passage in found:
        if _group_of(passage) == activity.object_id:
            _compare(passage, is_listed=activity.type == "Add")


def order_comparisons(_payload: Json) -> None:
    """Task, once a day: have the lists of all adjacent quartiers of other cities read."""
    with commit():
        for far_id in db.session.scalars(select(Passage.far_id).where(Passage.state == "joined").distinct()).all():
            jobs.put("compare_adjacent", {"far_id": str(far_id)})


def compare_adjacent(payload: Json) -> None:
    """Task: read what a quartier of another city lists as adjacent, and mark each passage that is told otherwise.

    A city that does not answer now is asked again later; one whose list cannot be read is left as it was.
    """
    far_id = int(payload["far_id"])
    far = db.session.get(Actor, far_id)
    uri = far.uri if far is not None else None
    db.session.rollback()
    if uri is None:
        return
    try:
        with fed.engine().budget(COMPARE_BUDGET):
            listed = _listed(uri)
    except (Unreachable, TooFast):
        raise
    except FederationError:
        return
    with commit():
        for passage in db.session.scalars(
            select(Passage).where(Passage.far_id == far_id, Passage.state == "joined")
        ).all():
            _compare(passage, is_listed=_group_of(passage) in listed)


def _listed(uri: str) -> set[str]:
    """What the Group at `uri` lists in `adjacent`: one collection, or its first pages."""
    address = fed.engine().fetch_actor(uri).one("adjacent")
    found: set[str] = set()
    for _page in range(PAGES_MAX + 1):
        if address is None or not is_same_origin(address, uri):
            break
        page = fed.engine().fetch(address)
        items = page.json.get("orderedItems") or page.json.get("items") or []
        found |= {one for item in (items if isinstance(items, list) else [items]) if (one := id_of(item)) is not None}
        address = page.one("first") or page.one("next")
    return found


def _compare(passage: Passage, *, is_listed: bool) -> None:
    is_open = passage.is_open and passage.until > clock.now()
    passage.compared_at, passage.differs = clock.now(), is_listed != is_open


def _group_of(passage: Passage) -> str:
    return fed.uri_of(f"/q/{db.session.get_one(Quartier, passage.quartier_id).slug}")


def _inbox(actor_id: int, *, is_shared: bool = False) -> set[str]:
    """The own inbox of a remote actor that is still there, or that of its whole server."""
    known = db.session.get(RemoteActor, actor_id)
    if known is None or known.gone_at is not None:
        return set()
    return {known.shared_inbox or known.inbox} if is_shared else {known.inbox}
