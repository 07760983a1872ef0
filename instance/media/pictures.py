"""A sender's picture, made into WebP files by a process of its own; every failure is one sentence.

The process that talks to neighbours never decodes: `decode.py` does, with limits on memory and time, and is
thrown away after each picture.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from flask_babel import gettext as _

from instance.core.errors import Invalid, TooMany

MAX_BYTES = 16 << 20
SIZES = ("large", "small")  # as drawn by decode.py: at most 1600 and 480 px wide and high
DECODE = Path(__file__).with_name("decode.py")
LIMIT_S = 40  # by the clock on the wall; the process itself may use 20 s of a processor
PATIENCE_S = 30
COLOUR = re.compile(r"#[0-9a-f]{6}")
HAZE = re.compile(r"[0-9A-Za-z#$%*+,\-.:;=?@\[\]^_{|}~]{6,100}")
# Each decoder may take 768 MiB for the worst picture allowed: two at a time, the others wait.
_places = threading.BoundedSemaphore(2)


@dataclass(frozen=True)
class Drawn:
    """A picture of ours: its WebP files by size; `width` and `height` are the large one's, in px."""

    width: int
    height: int
    colour: str  # average, #rrggbb
    files: dict[str, bytes]
    blurhash: str


def draw(data: bytes) -> Drawn:
    """`data` as a new picture: turned, in two sizes, without metadata.

    Accepts JPEG, PNG, WebP, AVIF and GIF (HEIC where pillow-heif is installed) of at most `MAX_BYTES`,
    40 megapixels and 200 frames, of which the first is kept. Raises `Invalid` on the field "photos" for the
    rest, and `TooMany` when other pictures have been in front for `PATIENCE_S`.
    """
    if not data:
        raise _refusal("empty")
    if len(data) > MAX_BYTES:
        raise _refusal("bytes")
    if not _places.acquire(timeout=PATIENCE_S):
        raise TooMany("picture.busy", _("Beaucoup de photos arrivent en ce moment. Renvoyez la vôtre dans une minute."))
    try:
        answer = _run(data)
    finally:
        _places.release()
    return _read(answer)


def _run(data: bytes) -> bytes:
    """What decode.py answers. It gets no environment, so no setting of ours, and no open file."""
    command = [sys.executable, "-I", "-B", str(DECODE)]
    try:
        done = subprocess.run(
            command, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}, timeout=LIMIT_S
        )
    except subprocess.TimeoutExpired:
        raise _refusal("heavy") from None
    if done.returncode < 0:  # ended by a limit: memory or time
        raise _refusal("heavy")
    if done.returncode > 0:
        raise _refusal("broken")
    return done.stdout


def _read(answer: bytes) -> Drawn:
    """The answer taken apart: checked, not trusted, as strangers' bytes went through that process."""
    line, _found, rest = answer.partition(b"\n")
    try:
        facts = json.loads(line)
        if "refused" in facts:
            raise _refusal(str(facts["refused"]))
        large, small = (int(length) for length in facts["bytes"])
        files = {"large": rest[:large], "small": rest[large : large + small]}
        drawn = Drawn(int(facts["width"]), int(facts["height"]), str(facts["colour"]), files, str(facts["blurhash"]))
    except (ValueError, KeyError, TypeError):
        raise _refusal("broken") from None
    is_plain = COLOUR.fullmatch(drawn.colour) and HAZE.fullmatch(drawn.blurhash)
    if not is_plain or not all(_is_webp(file) for file in files.values()):
        raise _refusal("broken")
    return drawn


def _is_webp(file: bytes) -> bool:
    return file[:4] == b"RIFF" and file[8:12] == b"WEBP"


def _refusal(code: str) -> Invalid:
    sentences = {
        "empty": _("Ce fichier est vide. Choisissez une autre photo."),
        "bytes": _("Cette photo pèse plus de 16 Mo. Envoyez-en une copie plus légère."),
        "pixels": _("Cette image est trop grande : 40 millions de pixels au plus. Réduisez-la d’abord."),
        "frames": _("Cette animation est trop longue : 200 images au plus. Envoyez plutôt une photo."),
        "heavy": _("Cette image est trop lourde à ouvrir. Envoyez-en une copie plus petite."),
        "heic": _("Les photos HEIC ne sont pas acceptées ici. Envoyez une copie au format JPEG."),
        "video": _("Les vidéos ne sont pas acceptées ici. Envoyez une photo."),
        "format": _("Ce fichier n’est pas une photo. Choisissez une image JPEG, PNG, WebP, AVIF ou GIF."),
        "broken": _("Cette image est abîmée ou incomplète. Choisissez-en une autre."),
    }
    known = code if code in sentences else "broken"
    return Invalid(f"picture.{known}", sentences[known], field="photos")
