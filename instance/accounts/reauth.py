"""The password asked once more, before something that a borrowed browser must not do."""

from __future__ import annotations

from flask_babel import gettext as _

from instance.accounts import service, session, throttle
from instance.accounts.tries import come_back, count_try
from instance.core.db import commit


def password_fault(password: str) -> str:
    """What to tell if `password` is not the reader's, or was tried too often; empty when it is right."""
    account = session.account()
    subject = throttle.subject("password", str(account.id))
    back_at = count_try([(subject, throttle.PER_ACCOUNT)])
    if back_at is not None:
        return come_back(back_at)
    if not service.is_password_of(account, password):
        return str(_("Ce n’est pas votre mot de passe actuel. Écrivez-le à nouveau."))
    with commit():
        throttle.give_back(subject)
    return ""
