"""Who an organisation says it is: its number in a register, its name and what that could be taken for."""

from __future__ import annotations

import re
import unicodedata

from flask_babel import gettext as _
from sqlalchemy import select

from instance.accounts import names
from instance.core import signs
from instance.core.db import db
from instance.core.errors import Invalid
from instance.pages.models import Page
from instance.quartiers.models import Quartier
from instance.quartiers.normalise import plain

SLUG = re.compile(r"[a-z](?:-?[a-z0-9]){1,39}")
SLUG_MAX = 40
NAME_MAX = 80
_ROOMS = frozenset(("nouvelle",))  # what stands under /pages itself
_RNA = re.compile(r"W[0-9]{9}")
_SIRET = re.compile(r"[0-9]{14}")
_POSTE = "356000000"  # La Poste's establishments: the sum of the digits is a multiple of five
# Words that speak for the State: whoever bears one waits for a human look.
_OFFICIAL = frozenset(
    (
        "mairie", "ville", "prefecture", "police", "gendarmerie", "pompiers", "samu", "ministere", "republique",
        "caf", "urssaf", "impots", "tribunal", "etat", "officiel", "officielle", "quartierlibre",
    )
)  # fmt: skip
_ALIKE = str.maketrans({"0": "o", "1": "l", "3": "e", "4": "a", "5": "s", "7": "t", "i": "l", "j": "l"})


def check_number(kind: str, typed: str) -> str:
    """A SIRET (14 digits with their key) or, for an association or a media, an RNA number (W and 9 digits)."""
    number = re.sub(r"[\s.\-]", "", typed).upper()
    if _RNA.fullmatch(number) and kind in {"association", "media"}:
        return number
    if _SIRET.fullmatch(number) and _is_siret(number):
        return number
    sentence = _("Recopiez le numéro SIRET (14 chiffres) ou, pour une association, le numéro RNA (W et 9 chiffres).")
    raise Invalid("page.number", sentence, field="number")


def _is_siret(number: str) -> bool:
    if number.startswith(_POSTE):
        return sum(map(int, number)) % 5 == 0 or _luhn(number)
    return int(number) > 0 and _luhn(number[:9]) and _luhn(number)


def _luhn(number: str) -> bool:
    doubled = (int(sign) * (2 if place % 2 else 1) for place, sign in enumerate(reversed(number)))
    return sum(one - 9 if one > 9 else one for one in doubled) % 10 == 0


def check_name(typed: str) -> str:
    """The name on one line. Raises `Invalid` for none, and for more than 80 signs."""
    name = " ".join(typed.split())
    if not 2 <= len(name) <= NAME_MAX or signs.one_line(name, NAME_MAX) != name or not key(name):
        sentence = _("Écrivez le nom en 2 à %(num)d signes, sans marque ni symbole.", num=NAME_MAX)
        raise Invalid("page.name", sentence, field="name")
    return name


def check_slug(typed: str) -> str:
    """The name in the page's address, free for ever. Raises `Invalid`."""
    slug = typed.strip().lower()
    if not SLUG.fullmatch(slug) or len(slug) > SLUG_MAX:
        sentence = _("Écrivez 2 à 40 signes : lettres sans accent, chiffres, tirets, en commençant par une lettre.")
        raise Invalid("page.slug", sentence, field="slug")
    if slug in _ROOMS or any(names.is_taken(form) for form in (slug, slug.replace("-", "_"), slug.replace("-", ""))):
        raise Invalid("page.taken", _("Ce nom est déjà pris ou réservé. Choisissez-en un autre."), field="slug")
    return slug


def key(name: str) -> str:
    """The name as an eye takes it: no accents, no spaces, signs that look alike are one."""
    return plain(name).replace(" ", "").translate(_ALIKE).replace("rn", "m").replace("vv", "w")


def could_be(name: str, slug: str, kind: str, own_id: int) -> str:
    """What this name could be taken for, in words for the admin who looks; empty if nothing is near."""
    near = [other for other, other_key in _others(own_id) if _is_near(key(name), other_key) or key(slug) == other_key]
    official = sorted(_OFFICIAL & ({*plain(name).split(), *plain(slug).split(), plain(name).replace(" ", "")}))
    if kind == "townhall" and "mairie" not in official:
        official.append("mairie")
    if any(sign.isalpha() and not unicodedata.name(sign, "").startswith("LATIN") for sign in name):
        near.append(_("une autre écriture"))
    return ", ".join(dict.fromkeys([*near, *official]))


def _others(own_id: int) -> list[tuple[str, str]]:
    pages = db.session.execute(select(Page.name, Page.name_key).where(Page.id != own_id, Page.state != "closed"))
    slugs = db.session.scalars(select(Page.slug).where(Page.id != own_id, Page.state != "closed"))
    places = db.session.scalars(select(Quartier.name))
    found = [(name, name_key) for name, name_key in pages]
    return [*found, *((slug, key(slug)) for slug in slugs), *((name, key(name)) for name in places)]


def _is_near(one: str, other: str) -> bool:
    """The same, or one sign apart where there are enough of them."""
    if one == other:
        return True
    if min(len(one), len(other)) < 5 or abs(len(one) - len(other)) > 1:
        return False
    short, long = sorted((one, other), key=len)
    start = next((place for place, sign in enumerate(short) if sign != long[place]), len(short))
    if len(short) == len(long):
        return short[start + 1 :] == long[start + 1 :]
    return short[start:] == long[start + 1 :]
