"""What the desk adds to « mes données »: the same line for everybody, so that no file tells who is a source."""

from __future__ import annotations

from flask_babel import gettext as _

from instance.accounts.my_data import Rows


def tips(_account_id: int) -> tuple[str, Rows]:
    """Where tips are read. Whether there are any is not written into a file that others might open."""
    sentence = _("à lire dans « Mes infos », tant que vous êtes connecté ; jamais dans ce fichier")
    return _("Infos aux rédactions"), [(_("Infos que vous avez pu envoyer"), sentence)]
