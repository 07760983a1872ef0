"""The sentences of notices, in the page and in mails."""

from __future__ import annotations

from flask_babel import gettext as _

from instance.core import french
from instance.notifications.service import Shown


def sentence(notice: Shown) -> str:
    """What happened, who and where; no word of a post. Who moved away without a name has none here either."""
    who = notice.who or _("Un ancien voisin")
    place, there = notice.place, french.at(notice.place)
    match notice.kind:
        case "reply":
            return _("%(who)s vous a répondu, %(at_place)s.", who=who, place=place, at_place=there)
        case "mention":
            return _("%(who)s a cité votre nom, %(at_place)s.", who=who, place=place, at_place=there)
        case "status":
            return _("%(who)s a écrit.", who=who)
        case "update":
            return _("%(who)s a changé un mot que vous avez fait suivre.", who=who)
        case "poll":
            return _("Un sondage est clos : %(title)s", title=notice.title)
        case "message":
            return _("%(who)s vous écrit un message privé.", who=who)
        case "group":
            return _("%(who)s demande à rejoindre un de vos groupes.", who=who)
        case "group_joined":
            return _("Le groupe %(who)s vous accueille.", who=who)
        case "follow_request":
            return _("%(who)s demande à vous suivre.", who=who)
        case "follow":
            return _("%(who)s vous suit.", who=who)
        case "thanks":
            return _("%(who)s vous dit merci.", who=who)
        case "boost":
            return _("%(who)s fait suivre un de vos mots.", who=who)
        case "quote":
            return _("%(who)s cite un de vos messages.", who=who)
        case "verified":
            return _("Votre adresse est vérifiée : bienvenue %(at_place)s.", place=place, at_place=there)
        case "opened":
            return _("Le mur %(of_place)s est ouvert.", place=place, of_place=french.of(place))
        case "role":
            return (
                _("Un rôle vous a été confié.")
                if not notice.place
                else _("Un rôle vous a été confié %(at_place)s.", place=place, at_place=there)
            )
        case _:
            return _of_work(notice, who)


def _of_work(notice: Shown, who: str) -> str:
    """What concerns a role, a page, moderation or the account itself."""
    place, there = notice.place, french.at(notice.place)
    match notice.kind:
        case "report":
            return _("Votre signalement a reçu une réponse.")
        case "case":
            return _("Un message est signalé %(at_place)s : quelqu’un doit le lire.", place=place, at_place=there)
        case "passage":
            return _("%(who)s demande à échanger avec %(place)s.", who=who, place=place)
        case "tip":
            return _("Une page a répondu à une de vos infos.")
        case "desk":
            return _("Du nouveau au bureau de votre page.")
        case "agreement":
            return _("Un accord de voisinage avec %(who)s demande votre attention.", who=who)
        case "device":
            return _("Un nouvel appareil s’est connecté à votre compte. Si ce n’était pas vous, déconnectez-le.")
        case "kept_in":
            return _(
                "Une application voulait publier partout : le message est resté %(at_place)s.",
                place=place,
                at_place=there,
            )
        case "unsent":
            return _("Une annonce programmée n’est pas partie.")
        case "security":
            return _("La deuxième étape de votre connexion a changé. Si ce n’était pas vous, changez de mot de passe.")
        case _:
            return _("La modération a pris une décision sur un de vos messages.")


def subject(kind: str) -> str:
    """Subject of a mail: the kind, nothing more."""
    return {
        "reply": _("Une réponse dans votre quartier"),
        "mention": _("Un voisin vous cite"),
        "unsent": _("Une annonce n’est pas partie"),
        "status": _("Un nouveau mot de quelqu’un que vous suivez"),
        "poll": _("Un sondage est clos"),
        "update": _("Un mot que vous avez fait suivre a changé"),
        "message": _("Un message privé pour vous"),
        "group": _("Une demande pour votre groupe"),
        "group_joined": _("Un groupe vous accueille"),
        "follow_request": _("Quelqu’un demande à vous suivre"),
        "follow": _("Quelqu’un vous suit"),
        "thanks": _("Un merci pour vous"),
        "boost": _("Quelqu’un fait suivre vos mots"),
        "quote": _("Quelqu’un cite un de vos messages"),
        "verified": _("Votre adresse est vérifiée"),
        "opened": _("Votre quartier est ouvert"),
        "role": _("Un rôle vous a été confié"),
        "report": _("Une réponse à votre signalement"),
        "case": _("Un signalement à lire"),
        "tip": _("Du nouveau pour vous"),
        "desk": _("Du nouveau pour vous"),
        "passage": _("Un quartier d’une autre ville vous attend"),
        "agreement": _("Un accord de voisinage vous attend"),
    }.get(kind, _("Une décision de la modération"))


def kind_word(kind: str) -> str:
    """The name of a kind in the settings."""
    return {
        "reply": _("Quelqu’un me répond"),
        "mention": _("Quelqu’un cite mon nom"),
        "unsent": _("Mon annonce programmée ne part pas"),
        "status": _("Quelqu’un que je suis de près écrit"),
        "poll": _("Un sondage où j’ai voté, ou le mien, est clos"),
        "update": _("Un mot que j’ai fait suivre change"),
        "message": _("Quelqu’un m’écrit un message privé"),
        "group": _("Quelqu’un demande à rejoindre mon groupe"),
        "group_joined": _("Un groupe m’accueille"),
        "follow_request": _("Quelqu’un demande à me suivre"),
        "follow": _("Quelqu’un me suit"),
        "thanks": _("Quelqu’un me dit merci"),
        "boost": _("Quelqu’un fait suivre mes mots"),
        "quote": _("Quelqu’un cite un de mes messages"),
        "verified": _("Mon adresse est vérifiée"),
        "opened": _("Mon quartier ouvre"),
        "role": _("Un rôle m’est confié"),
        "report": _("Mon signalement reçoit une réponse"),
        "case": _("Un message est signalé là où je modère"),
        "tip": _("Une page me répond"),
        "desk": _("Du nouveau au bureau de ma page"),
        "passage": _("Un quartier d’une autre ville demande à échanger"),
        "agreement": _("Un accord de voisinage demande mon attention"),
    }.get(kind, _("La modération a décidé"))
