"""Proofs by which cities sign what they tell each other: of our Application, or checked against theirs (FEP-8b32)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from federation.errors import BadSignature
from federation.keys import PublicKey
from federation.signatures import proofs
from federation.urls import without_fragment
from instance.accounts import keys
from instance.accounts.models import Actor, RemoteActor
from instance.core import clock
from instance.core.db import db


def sign(document: Mapping[str, Any]) -> dict[str, Any]:
    """`document` with the proof of our Application. Raises `KeyError` while the worker has not made its keys."""
    return proofs.add(document, keys.proof_key(keys.INSTANCE), clock.now())


def verify(document: Mapping[str, Any], application: Actor) -> None:
    """Raise `BadSignature` unless the remote `application` has proved all of `document` by a key that it lists.

    A fragment of its own address names such a key: what stands elsewhere, or belongs to somebody else, is none.
    """
    named = proofs.key_id(document)
    known = db.session.get(RemoteActor, application.id)
    if named is None:
        raise BadSignature("proof.absent")
    if known is None or known.gone_at is not None or without_fragment(named) != application.uri:
        raise BadSignature("proof.key")
    for one in known.keys:
        if one["id"] == named and "multibase" in one:
            key = PublicKey(named, application.uri, None, one["multibase"], known.fetched_at)
            proofs.verify(document, key, clock.now())
            return
    raise BadSignature("proof.key")
