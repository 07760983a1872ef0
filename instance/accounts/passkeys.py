"""Passkeys (WebAuthn): a key that stays in a device; we keep its public half. No attestation is asked for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask_babel import gettext as _
from sqlalchemy import CursorResult, func, select, update

from instance.accounts import second_factor
from instance.accounts.facts import SecondFactorChanged
from instance.accounts.models import Account, Passkey
from instance.core import clock, secrets
from instance.core.db import db, new_id
from instance.core.errors import Invalid
from instance.core.facts import record

MAX_BYTES = 20_000  # of what a browser answers
MOST = 10  # keys of one account
NAME_MAX = 40
# Whatever a program sends instead of a browser's answer: lists without end among it.
UNREADABLE = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError)


@dataclass(frozen=True)
class Site:
    """Where keys are good: our host, and the origin that a browser names."""

    base_url: str
    name: str

    @property
    def host(self) -> str:
        """The relying party's id: the host without its port."""
        return urlsplit(self.base_url).hostname or ""


def creation(account: Account, site: Site, challenge: str, known: Sequence[Passkey]) -> str:
    """What the browser needs to make a key, as JSON."""
    import webauthn
    from webauthn.helpers import structs

    kept = [structs.PublicKeyCredentialDescriptor(id=webauthn.base64url_to_bytes(key.credential_id)) for key in known]
    options = webauthn.generate_registration_options(
        rp_id=site.host, rp_name=site.name, user_name=account.actor.handle,
        user_id=bytes.fromhex(secrets.mark("passkey user", str(account.id)))[:16],
        challenge=webauthn.base64url_to_bytes(challenge), exclude_credentials=kept,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.PREFERRED,
            user_verification=structs.UserVerificationRequirement.PREFERRED,
        ),
    )  # fmt: skip
    return webauthn.options_to_json(options)


def request(site: Site, challenge: str, known: Sequence[Passkey]) -> str:
    """What the browser needs to have one of the `known` keys sign, as JSON."""
    import webauthn
    from webauthn.helpers import structs

    kept = [structs.PublicKeyCredentialDescriptor(id=webauthn.base64url_to_bytes(key.credential_id)) for key in known]
    options = webauthn.generate_authentication_options(
        rp_id=site.host, challenge=webauthn.base64url_to_bytes(challenge), allow_credentials=kept,
        user_verification=structs.UserVerificationRequirement.PREFERRED,
    )  # fmt: skip
    return webauthn.options_to_json(options)


@dataclass(frozen=True)
class Made:
    """A key that a browser has just made and proved."""

    credential_id: str
    public_key: str
    sign_count: int


def read_made(answer: str, site: Site, challenge: str) -> Made | None:
    """The key in a browser's answer; None for one that is not about this challenge and this site."""
    import webauthn

    try:
        found = webauthn.verify_registration_response(
            credential=_small(answer), expected_challenge=webauthn.base64url_to_bytes(challenge),
            expected_rp_id=site.host, expected_origin=site.base_url,
        )  # fmt: skip
    except (webauthn.helpers.exceptions.WebAuthnException, *UNREADABLE):
        return None
    encode = webauthn.helpers.bytes_to_base64url
    return Made(encode(found.credential_id), encode(found.credential_public_key), found.sign_count)


def keep(account: Account, made: Made, name: str, *, login_id: int) -> list[str]:
    """The key counts from now on. The recovery codes, if these are the first. Inside `commit()`.

    Raises `Invalid` where the account has ten keys, or somebody has this one: pages of before and posts that race
    are asked here, one behind the other.
    """
    db.session.execute(select(Account.id).where(Account.id == account.id).with_for_update())
    check_room(account.id)
    if _is_known(made.credential_id):
        raise Invalid("passkey.none", none_made())
    codes = second_factor.first(account.id, login_id)
    db.session.add(
        Passkey(
            id=new_id(), account_id=account.id, credential_id=made.credential_id, public_key=made.public_key,
            sign_count=made.sign_count, name=name, created_at=clock.now(),
        )
    )  # fmt: skip
    record(SecondFactorChanged(account.id, "passkey_on"))
    db.session.flush()
    return codes


def check_room(account_id: int) -> None:
    """Raises `Invalid` where one more key would be too many."""
    kept = select(func.count()).where(Passkey.account_id == account_id)
    if (db.session.scalar(kept) or 0) >= MOST:
        raise Invalid("passkey.many", _("Retirez d’abord une de vos clés : dix suffisent."), field="name")


def none_made() -> str:
    """What is said where a browser's answer holds no key that is new."""
    return _("Votre appareil n’a pas donné de clé. Recommencez, ou choisissez un autre appareil.")


def _is_known(credential_id: str) -> bool:
    return db.session.scalar(select(Passkey.id).where(Passkey.credential_id == credential_id)) is not None


def take(account_id: int, answer: str, site: Site, challenge: str) -> bool:
    """Whether one of the account's keys signed `challenge`; its counter goes on. Inside `commit()`."""
    import webauthn

    try:
        said = _small(answer)
        mine = select(Passkey).where(Passkey.account_id == account_id, Passkey.credential_id == str(said.get("id")))
        key = db.session.scalar(mine)
        if key is None:
            return False
        found = webauthn.verify_authentication_response(
            credential=said, expected_challenge=webauthn.base64url_to_bytes(challenge), expected_rp_id=site.host,
            expected_origin=site.base_url, credential_public_key=webauthn.base64url_to_bytes(key.public_key),
            credential_current_sign_count=key.sign_count,
        )  # fmt: skip
    except (webauthn.helpers.exceptions.WebAuthnException, *UNREADABLE):
        return False
    moved = update(Passkey).where(Passkey.id == key.id, Passkey.sign_count == key.sign_count)
    result = db.session.execute(moved.values(sign_count=found.new_sign_count, used_at=clock.now()))
    return isinstance(result, CursorResult) and result.rowcount == 1


def _small(answer: str) -> dict[str, object]:
    if len(answer) > MAX_BYTES:
        raise ValueError("too long")
    said = json.loads(answer)
    if not isinstance(said, dict):
        raise TypeError("no object")
    return said
