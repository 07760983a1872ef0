"""Remake the catalogues: gather every sentence, set the French ones, keep the English ones, compile both.

French is the source: its catalogue holds the same sentences with their no-break spaces. English is written by people in
instance/translations/en/LC_MESSAGES/messages.po; what is missing there stays empty and is counted.

    python deploy/catalogue.py            remake
    python deploy/catalogue.py --check    exit 1 if a catalogue is not what would be made, or English is incomplete
"""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from instance import cli
from instance.core.typography import french

ROOT = Path(__file__).resolve().parents[1]
TRANSLATIONS = ROOT / "instance" / "translations"
NO_DAY = datetime(2026, 1, 1, tzinfo=UTC)  # babel would write today's: no two runs would agree
Sentence = str | tuple[str, ...]  # one, or singular and plural
OPTIONS = {"trim_blocks": "true", "lstrip_blocks": "true", "extensions": "jinja2.ext.do"}
# `say`, `fail` and help= carry the sentences of commands, the faults those of a start that cannot go on.
KEYWORDS = {
    "_": None, "gettext": None, "lazy_gettext": None, "_l": None, "ngettext": (1, 2), "say": None, "fail": None,
    "OperatorFault": None, "BadSetting": None, "BadSecret": None,
}  # fmt: skip


def gather() -> Catalog:
    """Every sentence of the program, with where it stands (files alone: line numbers would change too often)."""
    catalog = Catalog(project="Quartier Libre", charset="utf-8")
    seen: dict[Sentence, set[str]] = {}
    for top in ("instance", "templates"):
        found = extract_from_dir(
            str(ROOT / top), _methods(top), _options(top), keywords=KEYWORDS, strip_comment_tags=True
        )
        for file, _line, message, _comments, _context in found:
            seen.setdefault(message, set()).add(f"{top}/{file}")
    for text in _helps():
        seen.setdefault(text, set()).add("instance/cli.py")
    for message in sorted(seen, key=str):
        catalog.add(message, locations=[(file, 0) for file in sorted(seen[message])])
    return catalog


def _methods(top: str) -> list[tuple[str, str]]:
    return [("static/**", "ignore"), ("**.py", "python")] if top == "instance" else [("**.*", "jinja2")]


def _options(top: str) -> dict[str, dict[str, str]]:
    return {} if top == "instance" else {"**.*": OPTIONS}


def _helps() -> list[str]:
    """Help sentences of commands and options: they are arguments, not calls of `_`."""
    found: list[str] = []
    waiting: list[click.Command] = [cli.main]
    while waiting:
        command = waiting.pop()
        found += [command.help] if command.help else []
        found += [p.help for p in command.params if isinstance(p, click.Option) and p.help]
        waiting += list(command.commands.values()) if isinstance(command, click.Group) else []
    return found


def in_french(template: Catalog) -> Catalog:
    """The source sentences, set as French typography wants them."""
    catalog = Catalog(locale="fr", project="Quartier Libre", charset="utf-8")
    for message in template:
        if message.id:
            catalog.add(message.id, _set(message), locations=message.locations, flags=message.flags)
    return catalog


def _set(message: Message) -> Sentence:
    return tuple(french(one) for one in message.id) if isinstance(message.id, tuple) else french(str(message.id))


def in_english(template: Catalog, present: Catalog) -> Catalog:
    """What people translated, for the sentences that still exist."""
    catalog = Catalog(locale="en", project="Quartier Libre", charset="utf-8")
    for message in template:
        if message.id:
            known = present.get(message.id)
            catalog.add(message.id, known.string if known else None, locations=message.locations, flags=message.flags)
    return catalog


def missing(catalog: Catalog) -> list[str]:
    """Sentences without a translation."""
    return [str(m.id) for m in catalog if m.id and not (all(m.string) if isinstance(m.string, tuple) else m.string)]


def _po(catalog: Catalog) -> bytes:
    out = io.BytesIO()
    write_po(out, catalog, omit_header=True, no_location=False, include_lineno=False, width=100, sort_output=True)
    header = b'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: '
    plural = catalog.plural_forms.encode()
    return header + plural + b'\\n"\n\n' + out.getvalue()


def _mo(po: bytes, locale: str) -> bytes:
    out = io.BytesIO()
    catalog = read_po(io.BytesIO(po), locale=locale)
    catalog.creation_date = catalog.revision_date = NO_DAY
    write_mo(out, catalog)
    return out.getvalue()


def make() -> tuple[dict[Path, bytes], list[str]]:
    """Every file with its content, and what English lacks."""
    template = gather()
    folder = TRANSLATIONS / "en" / "LC_MESSAGES"
    source = folder / "messages.po"
    present = read_po(io.BytesIO(source.read_bytes()), locale="en") if source.exists() else Catalog(locale="en")
    english = in_english(template, present)
    files: dict[Path, bytes] = {}
    for locale, catalog in (("fr", in_french(template)), ("en", english)):
        po = _po(catalog)
        files[TRANSLATIONS / locale / "LC_MESSAGES" / "messages.po"] = po
        files[TRANSLATIONS / locale / "LC_MESSAGES" / "messages.mo"] = _mo(po, locale)
    # The few lines that click itself says, written by hand.
    frame = TRANSLATIONS / "fr" / "LC_MESSAGES" / "click.po"
    files[frame.with_suffix(".mo")] = _mo(frame.read_bytes(), "fr")
    return files, missing(english)


def main(arguments: list[str]) -> int:
    """Remake or check; what is missing goes to standard output."""
    files, lacking = make()
    if "--check" in arguments:
        stale = [
            str(path.relative_to(ROOT))
            for path, data in files.items()
            if not path.exists() or path.read_bytes() != data
        ]
        sys.stdout.write(
            "".join(f"stale: {name}\n" for name in stale) + "".join(f"no English: {one}\n" for one in lacking)
        )
        return 1 if stale or lacking else 0
    for path, data in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    sys.stdout.write(f"{len(lacking)} sentences without English\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
