"""Languages: French is the source of every sentence; English is the other catalogue.

The French catalogue holds the same sentences with their no-break spaces, put in by `typography.french`.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from functools import lru_cache

from babel.support import NullTranslations, Translations
from flask import Flask, g, has_request_context, request, session
from flask_babel import Babel, force_locale, format_date, format_datetime, get_locale, gettext, ngettext

from instance.core import clock, french
from instance.core.paths import PACKAGE

LANGUAGE_NAMES = {"fr": "Français", "en": "English"}
LANGUAGES = tuple(LANGUAGE_NAMES)
CATALOGUES = PACKAGE / "translations"
babel = Babel()


def language() -> str:
    """Language of the running request: the account's, else the one chosen here, else the browser's, else French."""
    if not has_request_context():
        return "fr"
    chosen = getattr(g, "language", None) or session.get("language")
    if chosen in LANGUAGES:
        return str(chosen)
    return request.accept_languages.best_match(LANGUAGES) or "fr"


def bind(app: Flask, zone: str) -> None:
    """Set the catalogues and the city's clock up for `app`."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(CATALOGUES)
    app.config["BABEL_DEFAULT_LOCALE"] = "fr"
    app.config["BABEL_DEFAULT_TIMEZONE"] = zone
    babel.init_app(app, locale_selector=language, timezone_selector=lambda: zone)
    # What templates say, without the way that flask-babel goes for each sentence: a page has dozens.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # jinja2.ext.i18n brings it
        gettext=lambda one: _catalogue().gettext(one),
        ngettext=lambda one, many, number: _catalogue().ngettext(one, many, number),
        newstyle=True,
    )
    app.jinja_env.filters["when"] = when
    app.jinja_env.filters["day"] = long_day
    app.jinja_env.filters["of"] = french.of
    app.jinja_env.filters["at"] = french.at
    app.jinja_env.globals["language"] = language


def _catalogue() -> NullTranslations:
    """The sentences in the language that is spoken at this moment."""
    spoken = get_locale()
    return _read_catalogue(spoken.language if spoken else "fr")


@lru_cache
def _read_catalogue(code: str) -> NullTranslations:
    return Translations.load(CATALOGUES, [code])


def when(moment: datetime) -> str:
    """A moment as a neighbour says it: « il y a 2 h » within a day, then the day, then the date."""
    age = clock.now() - moment
    if age < timedelta(minutes=1):
        return gettext("à l’instant")
    if age < timedelta(hours=1):
        minutes = int(age.total_seconds() // 60)
        return ngettext("il y a %(num)d min", "il y a %(num)d min", minutes)
    if age < timedelta(days=1):
        hours = int(age.total_seconds() // 3600)
        return ngettext("il y a %(num)d h", "il y a %(num)d h", hours)
    if age < timedelta(days=6):
        return format_datetime(moment, gettext("EEEE, H:mm"))
    return long_day(moment)


def long_day(moment: datetime | date) -> str:
    """« 22 novembre 2026 », « 22 November 2026 »: in the reader's language and the city's clock."""
    return format_date(moment, "d MMMM y")


def in_language(code: str) -> AbstractContextManager[None]:
    """A context in which sentences come in `code` (mails, letters, jobs)."""
    return force_locale(code if code in LANGUAGES else "fr")
