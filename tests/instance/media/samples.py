"""Files that a neighbour, a phone or an attacker would send, built anew for each run."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

PLACE = "Escalier B, 30 rue Ramey"
OWNER = "Salma Berger"
SERIAL = "SN-0042-1789"
RED, GREEN, BLUE, WHITE = (200, 30, 30), (30, 160, 60), (30, 60, 200), (240, 240, 240)


def corners(width: int = 80, height: int = 60) -> Image.Image:
    """Four fields: red top left, green top right, blue bottom left, white bottom right."""
    picture = Image.new("RGB", (width, height), WHITE)
    half = width // 2, height // 2
    picture.paste(RED, (0, 0, *half))
    picture.paste(GREEN, (half[0], 0, width, half[1]))
    picture.paste(BLUE, (0, half[1], half[0], height))
    return picture


def encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    out = BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def exif(orientation: int = 1) -> Image.Exif:
    """What a phone writes: whose it is, which one, where it stood, how it was held."""
    facts = Image.Exif()
    facts[0x0112] = orientation
    facts[0x010F], facts[0x9C9D], facts[0x013B], facts[0xA431] = "Telephone", OWNER.encode(), OWNER, SERIAL
    facts[0x8298] = PLACE
    gps = facts.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", (48.0, 53.0, 27.5), "E", (2.0, 20.0, 51.25)
    return facts


def xmp(orientation: int = 1) -> bytes:
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="{orientation}" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/" dc:creator="{OWNER}" dc:coverage="{PLACE}"/>'
        "</rdf:RDF></x:xmpmeta>"
    ).encode()


def profile() -> bytes:
    """An ICC profile; its description is one more thing that travels."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def strange_profile() -> bytes:
    """A profile in which red and blue have changed places."""
    return profile().replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")


def phone_jpeg(orientation: int = 1, size: tuple[int, int] = (80, 60)) -> bytes:
    """A JPEG with EXIF and GPS, XMP, a comment and a colour profile."""
    return encoded(
        corners(*size), "JPEG", quality=95, subsampling=0, exif=exif(orientation), xmp=xmp(), comment=PLACE,
        icc_profile=profile(),
    )  # fmt: skip


def png_of(width: int, height: int) -> bytes:
    """A black PNG of one bit a pixel, a few kilobytes long whatever its size."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    packer = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    rows = b"".join(packer.compress(row * 100) for _ in range(height // 100))
    rows += packer.compress(row * (height % 100)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def gif_of(frames: int) -> bytes:
    """A GIF of ten by ten pixels that shows `frames` pictures, the first of them white."""
    head = b"GIF89a" + struct.pack("<HHBBB", 10, 10, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    frame = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x4c\x01\x00"
    return head + frame * frames + b";"


def words(**said: str) -> PngInfo:
    """What a PNG says beside its pixels, packed: a few bytes may unpack to megabytes."""
    info = PngInfo()
    for name, text in said.items():
        info.add_text(name, text, zip=True)
    return info


def chunks(webp: bytes) -> list[bytes]:
    """Names of the parts of a WebP file: "VP8 " is pixels, EXIF, XMP and ICCP are what travels with them."""
    assert webp[:4] == b"RIFF"
    assert webp[8:12] == b"WEBP"
    names, at = [], 12
    while at < len(webp):
        names.append(webp[at : at + 4])
        length = struct.unpack("<I", webp[at + 4 : at + 8])[0]
        at += 8 + length + length % 2
    return names


def opened(webp: bytes) -> Image.Image:
    picture = Image.open(BytesIO(webp))
    picture.load()
    return picture


def near(one: Any, other: tuple[int, int, int]) -> bool:
    """Whether two colours look alike; lossy files are never exact."""
    return all(abs(a - b) < 40 for a, b in zip(one, other, strict=True))
