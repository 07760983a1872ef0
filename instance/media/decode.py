"""A sender's picture, turned and drawn anew without what it carried along. Runs as a process of its own.

`pictures.py` starts this file by its path: it knows nothing of the city, no secret, no database. The picture
comes on standard input; what leaves on standard output is one line of JSON, then the WebP files it counts.
Whatever goes wrong here (a bomb, a damaged file, a flaw of a decoder) ends this process and nothing else.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import resource
import sys
import warnings
from contextlib import suppress
from io import BytesIO
from typing import Any

from blurhash_rs._lib import encode_rgb  # noqa: TID253 - like PIL
from PIL import AvifImagePlugin, Image, ImageCms, UnidentifiedImageError  # noqa: TID253 - this process exists for PIL

MAX_PIXELS = 40_000_000
MAX_FRAMES = 200
MEMORY_BYTES = 768 << 20  # measured: 40 Mpx fit in every format, animated WebP needs the most
CPU_S = 20
SIDES_PX = {"large": 1600, "small": 480}
HAZE = (4, 3)  # waves across and down
QUALITY = 80  # of 100, lossy WebP
FORMATS = ["JPEG", "PNG", "WEBP", "AVIF", "GIF"]
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Refused(Exception):
    """A picture that is not drawn; the text is the code that `pictures.py` knows."""


def confine() -> None:
    """Give up what no picture needs: memory, time, files, priority. Called before one byte is read."""
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    os.nice(10)
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")  # a machine short of memory ends this process, never the city


def redraw(data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """The facts of the picture and its WebP files.

    Facts: `width` and `height` of the large one in px, its average `colour` as #rrggbb, its `blurhash`, `bytes` of each
    file, in the order of `SIDES_PX`. Raises `Refused`; whatever else a decoder raises means a damaged file.
    """
    drawn = _redrawn(_opened(data))
    facts: dict[str, Any] = {"width": drawn.width, "height": drawn.height, "colour": _average(drawn)}
    facts["blurhash"] = _haze(drawn)
    files = []
    for side in SIDES_PX.values():
        drawn.thumbnail((side, side), Image.Resampling.LANCZOS)
        files.append(_encoded(drawn))
    facts["bytes"] = [len(file) for file in files]
    return facts, files


def _opened(data: bytes) -> Image.Image:
    """The picture with its header read, and nothing else yet: the counts are checked before any pixel is."""
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # the same memory on a machine with many cores
    warnings.simplefilter("error", Image.DecompressionBombWarning)  # else refused from twice as many on
    formats = _formats()
    try:
        picture = Image.open(BytesIO(data), formats=formats)
    except UnidentifiedImageError:
        raise Refused(_other(data, formats)) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused("pixels") from None
    if getattr(picture, "n_frames", 1) > MAX_FRAMES:
        raise Refused("frames")
    return picture


def _formats() -> list[str]:
    if importlib.util.find_spec("pillow_heif") is None:
        return FORMATS
    importlib.import_module("pillow_heif").register_heif_opener()
    return [*FORMATS, "HEIF"]


def _other(data: bytes, formats: list[str]) -> str:
    """What a file is that no decoder of ours knows, so that the sentence can help."""
    if data[4:8] != b"ftyp":
        return "format"
    if data[8:12] not in HEIC_BRANDS:
        return "video"
    return "broken" if "HEIF" in formats else "heic"


def _redrawn(picture: Image.Image) -> Image.Image:
    """A new RGB picture of at most the large size: upright, on white, in sRGB, nothing but pixels."""
    profile = picture.info.get("icc_profile")
    if picture.mode.startswith("I"):  # 16 bits a sample: `convert` would cut off all but the darkest parts
        picture = picture.point(lambda value: value / 256).convert("L")
    elif picture.mode in {"1", "P", "PA"}:
        picture = picture.convert("RGBA")
    # Smaller first, all the rest after: a JPEG is not even decoded at its full size.
    side = SIDES_PX["large"]
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    turn = TURNS.get(_orientation(picture))
    picture = _in_srgb(_on_white(picture), profile)
    clean = Image.new("RGB", picture.size)
    clean.paste(picture)
    return clean if turn is None else clean.transpose(turn)


def _on_white(picture: Image.Image) -> Image.Image:
    """Without transparency: what lies hidden under it is not given away."""
    if not picture.has_transparency_data:
        return picture
    picture = picture.convert("RGBA")
    sheet = Image.new("RGB", picture.size, "white")
    sheet.paste(picture, mask=picture.getchannel("A"))
    return sheet


def _orientation(picture: Image.Image) -> int:
    try:
        return int(picture.getexif().get(ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - EXIF can be wrong in any way and the picture still be good
        return 1


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Phones write wide-gamut profiles: dropped without this, colours turn dull."""
    if profile and picture.mode in {"RGB", "CMYK"}:
        with suppress(ImageCms.PyCMSError, OSError, ValueError):
            own = ImageCms.ImageCmsProfile(BytesIO(profile))
            drawn = ImageCms.profileToProfile(picture, own, ImageCms.createProfile("sRGB"), outputMode="RGB")
            if drawn is not None:
                return drawn
    return picture.convert("RGB")


def _average(picture: Image.Image) -> str:
    red, green, blue = picture.resize((1, 1), Image.Resampling.BOX).tobytes()
    return f"#{red:02x}{green:02x}{blue:02x}"


def _haze(picture: Image.Image) -> str:
    """A few dozen signs from which a program draws a haze of the picture before it comes."""
    small = picture.resize((32, 32), Image.Resampling.BOX)
    return encode_rgb(small.tobytes(), 32, 32, *HAZE)


def _encoded(picture: Image.Image) -> bytes:
    out = BytesIO()
    picture.save(out, "WEBP", quality=QUALITY, method=4)
    return out.getvalue()


def main() -> None:
    """Read one picture, write the answer; any other end than exit 0 means that there is none."""
    confine()
    files: list[bytes] = []
    try:
        facts, files = redraw(sys.stdin.buffer.read())
    except Refused as refusal:
        facts = {"refused": str(refusal)}
    except MemoryError:
        facts = {"refused": "heavy"}
    sys.stdout.buffer.write(json.dumps(facts).encode() + b"\n" + b"".join(files))


if __name__ == "__main__":
    main()
