"""Commands that speak French or English by the operator's locale, and whose errors are one sentence."""

from __future__ import annotations

import gettext
import os
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn

import click
from babel.support import NullTranslations, Translations
from flask.cli import with_appcontext
from flask_babel import force_locale

from instance.core.errors import DomainError
from instance.core.paths import PACKAGE
from instance.settings import OperatorFault

TRANSLATIONS = PACKAGE / "translations"


def console_language() -> str:
    """`fr` for a French locale, else `en` (LC_ALL, LC_MESSAGES, LANG in this order)."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name, ""):
            return "fr" if value.lower().startswith("fr") else "en"
    return "en"


def catalogue() -> NullTranslations:
    """The catalogue of the operator's language."""
    return Translations.load(str(TRANSLATIONS), [console_language()])


def speak() -> None:
    """Let click say its own lines (usage, missing option) in French where the locale is French."""
    gettext.bindtextdomain("click", str(TRANSLATIONS))
    gettext.textdomain("click")


def in_city(command: Callable[..., Any]) -> Callable[..., Any]:
    """A command that runs inside the application; what rooms refuse it comes in the operator's language too."""

    @with_appcontext
    @wraps(command)
    def run(*words: Any, **options: Any) -> Any:
        with force_locale(console_language()):
            return command(*words, **options)

    return run


def say(sentence: str, **values: object) -> str:
    """`sentence` (a French source string) in the operator's language, with its values."""
    text = catalogue().gettext(sentence)
    return text % values if values else text


def fail(sentence: str, **values: object) -> NoReturn:
    """End the command with exit code 1 and one sentence on standard error."""
    raise click.ClickException(say(sentence, **values))


class _Speaking:
    """Help and options translated when shown; source strings are French."""

    help: str | None
    short_help: str | None
    params: list[click.Parameter]

    def translate(self) -> None:
        if self.help:
            self.help = say(self.help)
        if self.short_help:
            self.short_help = say(self.short_help)
        for parameter in self.params:
            if isinstance(parameter, click.Option) and parameter.help:
                parameter.help = say(parameter.help)


class Command(_Speaking, click.Command):
    """A command that speaks the operator's language and turns refusals and faults into one sentence, exit 1."""

    def get_help(self, ctx: click.Context) -> str:
        self.translate()
        return super().get_help(ctx)

    def get_short_help_str(self, limit: int = 45) -> str:
        self.translate()
        return super().get_short_help_str(100)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DomainError as error:
            raise click.ClickException(error.sentence or error.code) from error
        except OperatorFault as fault:
            raise click.ClickException(say(fault.sentence, **fault.values)) from fault


class Group(_Speaking, click.Group):
    """A group of such commands."""

    command_class = Command

    def get_help(self, ctx: click.Context) -> str:
        self.translate()
        return super().get_help(ctx)

    def get_short_help_str(self, limit: int = 45) -> str:
        self.translate()
        return super().get_short_help_str(100)


Group.group_class = Group
