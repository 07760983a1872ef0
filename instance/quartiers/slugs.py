"""The slug of a quartier: its name in an address, chosen at import and kept for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from instance.quartiers.normalise import plain


def slug_of(text: str) -> str:
    """`text` without accents, each run of other signs one hyphen: "Goutte-d'Or" is `goutte-d-or`."""
    return plain(text).replace(" ", "-")


def free_slug(name: str, commune: str, code: str, is_taken: Callable[[str], bool]) -> str:
    """The first free one of: the name, the name and the commune, these two and the code."""
    return next(slug for slug in _candidates(name, commune, code) if not is_taken(slug))


def _candidates(name: str, commune: str, code: str) -> Iterator[str]:
    parts = [part for part in (slug_of(name), slug_of(commune), slug_of(code)) if part]
    slug = parts[0] if slug_of(name) else "quartier"
    rest = parts[1:] if slug_of(name) else parts
    if slug_of(name):
        yield slug
    for part in rest:
        slug = f"{slug}-{part}"
        yield slug
    number = 2
    while True:
        yield f"{slug}-{number}"
        number += 1
