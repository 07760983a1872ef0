"""Files of a tip without what they tell of who made them: pictures are drawn anew, text is text and nothing else.

Nothing else is taken. A PDF carries its history, its author and the metadata of its fonts and pictures in more places
than a library of ours could vouch for (decision 0017): the sentence says what to send instead.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from flask_babel import gettext as _

from instance.core.errors import Invalid
from instance.media import pictures

FILES_MAX = 4
TEXT_BYTES_MAX = 256 << 10
_LINES = {"\n", "\t"}


@dataclass(frozen=True)
class Clean:
    """A file that may be kept: `kind` is picture (WebP) or text (UTF-8)."""

    kind: str
    data: bytes


def clean(data: bytes) -> Clean:
    """`data` as a file of ours; its name is nobody's business. Raises `Invalid` (field "files"), `TooMany`."""
    if data.startswith(b"%PDF"):
        sentence = _("Un PDF garde des traces de son auteur. Envoyez des captures d’écran de ses pages.")
        raise Invalid("tip.pdf", sentence, field="files")
    words = _as_text(data)
    if words is not None:
        if len(data) > TEXT_BYTES_MAX:
            raise Invalid("tip.long_file", _("Ce texte est trop long : 256 Ko au plus."), field="files")
        return Clean("text", _plain(words).encode())
    try:
        return Clean("picture", pictures.draw(data).files["large"])
    except Invalid as refusal:
        raise Invalid(refusal.code, refusal.sentence, field="files") from refusal


def _as_text(data: bytes) -> str | None:
    """What a plain text file says; None for anything else."""
    if any(byte < 32 and byte not in b"\t\n\r\f" for byte in data[:4096]) or not data:
        return _utf16(data)
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _utf16(data: bytes) -> str | None:
    if not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None
    try:
        return data.decode("utf-16")
    except UnicodeDecodeError:
        return None


def _plain(words: str) -> str:
    """`words` without invisible signs, odd spaces and blanks at line ends: what can hide a mark of the copy's owner."""
    lines = words.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    shown = "".join(_sign(sign) for sign in unicodedata.normalize("NFC", lines))
    return "\n".join(line.rstrip() for line in shown.split("\n")).strip("\n") + "\n"


def _sign(sign: str) -> str:
    kind = unicodedata.category(sign)
    if kind == "Zs":
        return " "
    if kind in {"Zl", "Zp"}:
        return "\n"
    return sign if sign in _LINES or kind[0] != "C" else ""
