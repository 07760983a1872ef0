"""Bodies as programs send them: JSON, a form, a multipart form; names nested as Rails writes them.

`x[]` is a list, `source[privacy]` a value within, `fields_attributes[0][name]` an entry under a number,
`keywords_attributes[][keyword]` an entry of a list that begins anew when a name comes twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from flask import Request
from flask_babel import gettext as _

from instance.core.errors import Invalid

MAX_BYTES = 1024 * 1024  # of JSON, and of a form without files
MAX_DEPTH, MAX_FIELDS = 6, 1000
_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_STEP = re.compile(r"\[([^\[\]]*)\]")
Fields = dict[str, Any]


def fields_of(request: Request) -> Fields:
    """Every field that came, by name; those of the body win over those of the address."""
    found = nested(request.args.items(multi=True)) if request.args else {}
    if request.is_json:
        return found | _from_json(request)
    if request.mimetype == "application/x-www-form-urlencoded":
        return found | nested(_from_form(_raw(request).decode(errors="replace")))
    return found | nested(request.form.items(multi=True)) if request.form else found


def _from_form(text: str) -> list[tuple[str, str]]:
    """Fields in the order in which they came, which `request.form` forgets: entries of a list need it."""
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise Invalid("body", _("Le corps de la requête a trop de champs.")) from error


def _raw(request: Request) -> bytes:
    request.max_content_length = MAX_BYTES
    return request.get_data()


def _from_json(request: Request) -> Fields:
    raw = _raw(request)
    if not raw:
        return {}
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid("body", _("Le corps de la requête n’est pas du JSON.")) from error
    if rb"\u0000" in raw.lower():
        _refuse_nul()
    if not isinstance(found, dict):
        return {}
    return nested(found.items()) if any("[" in name for name in found) else found


def nested(pairs: Iterable[tuple[str, Any]]) -> Fields:
    """The fields of a form as nested values; a name that is none of ours is kept as it is."""
    fields: Fields = {}
    for name, value in pairs:
        if isinstance(value, str) and "\0" in value:
            _refuse_nul()
        parts = _NAME.fullmatch(name)
        steps = _STEP.findall(parts[2]) if parts else []
        if parts is None or len(steps) > MAX_DEPTH:
            fields[name] = value
        else:
            _put(fields, parts[1], steps, value)
    return fields


def _refuse_nul() -> None:
    raise Invalid("input.nul", _("Ce texte contient un signe qui n’en est pas un. Effacez-le et recommencez."))


def _put(fields: Fields, name: str, steps: list[str], value: Any) -> None:
    """Write `value` under `name` and the `steps` within it; of two shapes for one name the later stands."""
    if not steps:
        fields[name] = value
    elif steps[0] == "":
        there = fields.get(name)
        entries = there if isinstance(there, list) else []
        fields[name] = entries
        _append(entries, steps[1:], value)
    else:
        within = fields.get(name)
        if not isinstance(within, dict):
            within = fields[name] = {}
        _put(within, steps[0], steps[1:], value)


def _append(entries: list[Any], steps: list[str], value: Any) -> None:
    if not steps:
        entries.extend(value) if isinstance(value, list) else entries.append(value)
        return
    last = entries[-1] if entries and isinstance(entries[-1], dict) else None
    if last is None or (steps[0] in last and "" not in steps[1:]):
        last = {}
        entries.append(last)
    _put(last, steps[0], steps[1:], value)


def rows(value: Any) -> list[Fields]:
    """Entries of a nested list, whichever way it came: a list, or a dict by number."""
    if isinstance(value, dict):
        numbered = sorted(value.items(), key=lambda pair: (len(pair[0]), pair[0]))
        value = [entry for _number, entry in numbered]
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
