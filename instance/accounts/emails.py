"""Another e-mail address: it counts once a link in the new mailbox was opened, and the old one is told.

The link holds the new address sealed and signed, so nothing is stored before. Whether somebody else uses the new
address is told in that mailbox only.
"""

from __future__ import annotations

import hmac
from datetime import timedelta

from flask_babel import gettext as _

from instance.accounts import service
from instance.accounts.models import Account
from instance.core import clock, jobs, secrets
from instance.core.errors import Invalid

GOOD_FOR = timedelta(hours=24)
PURPOSE = "email-change"


def ask(account: Account, email: str) -> None:
    """Have a link sent to `email`. Raises `Invalid` for what cannot be an address."""
    email = service.check_email(email)
    jobs.put("mail_email_link", {"account_id": str(account.id), "email": secrets.seal("email", email)})


def new_token(account: Account, email: str) -> str:
    """The token for the link: of this account, from its present address to `email`, for a day."""
    end = int((clock.now() + GOOD_FOR).timestamp())
    return secrets.signed(PURPOSE, f"{account.id}.{end}.{_present(account)}.{secrets.seal('email', email)}")


def _present(account: Account) -> str:
    return (service.identity_of(account.id).email_mark or "none")[:32]


def read(account: Account, token: str) -> str:
    """The address that `token` brings. Raises `Invalid` unless it is this account's, in time and unused."""
    text = secrets.checked(PURPOSE, token)
    parts = text.split(".") if text else []
    if len(parts) == 4:
        owner, end, present, sealed = parts
        is_unused = hmac.compare_digest(present, _present(account))
        if owner == str(account.id) and is_unused and int(end) > clock.now().timestamp():
            return secrets.unseal("email", sealed)
    raise Invalid("email.link", _("Ce lien n’est plus bon. Demandez-en un autre dans vos réglages."))


def confirm(account: Account, token: str) -> None:
    """Take the address of `token`; the old one is told. Raises `Invalid` as `read`, or if it is in use by now."""
    email = read(account, token)
    if service.has_email(email):
        raise Invalid("email.link", _("Ce lien n’est plus bon. Demandez-en un autre dans vos réglages."))
    identity = service.identity_of(account.id)
    if identity.email:
        jobs.put(
            "mail_email_changed",
            {"account_id": str(account.id), "email": secrets.seal("email", identity.email)},
        )
    identity.email, identity.email_mark = email, service.email_mark(email)
