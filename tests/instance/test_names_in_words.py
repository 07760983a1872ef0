"""@names in words as links: what is changed, and what is left alone."""

from __future__ import annotations

import pytest

from instance.core.markup import clean, with_mentions

LINKS = {"@salma": "https://ici.example/u/salma", "@ada@la.example": "https://la.example/u/ada?a=1&b=2"}


def link(name: str, url: str) -> str:
    return f'<span class="h-card"><a href="{url}" class="u-url mention">@<span>{name}</span></a></span>'


SALMA, ADA = (
    link("salma", "https://ici.example/u/salma"),
    link("ada@la.example", "https://la.example/u/ada?a=1&amp;b=2"),
)
WORDS = [
    ("<p>Merci @salma, à demain</p>", f"<p>Merci {SALMA}, à demain</p>"),
    ("<p>(@Salma)</p>", f"<p>({SALMA.replace('>salma<', '>Salma<')})</p>"),
    ("<p>Merci @salma.</p>", f"<p>Merci {SALMA}.</p>"),
    ("<p>@ada@la.example: oui</p>", f"<p>{ADA}: oui</p>"),
    ("<p>@personne @salmae @ada</p>", "<p>@personne @salmae @ada</p>"),
    ("<p>salma@salma.example</p>", "<p>salma@salma.example</p>"),
    ("<p><code>@salma</code></p><pre><code>@salma\n</code></pre>",) * 2,
    ('<p><a href="https://x.example/@salma">https://x.example/@salma <b>@salma</b></a></p>',) * 2,
    ("<blockquote><p>@salma</p></blockquote>", f"<blockquote><p>{SALMA}</p></blockquote>"),
]


@pytest.mark.parametrize(("words", "wanted"), WORDS)
def test_names_become_links_outside_of_links_and_code(words: str, wanted: str) -> None:
    assert with_mentions(words, LINKS) == wanted


def test_linked_names_pass_the_filter_of_words_from_elsewhere() -> None:
    found = clean(with_mentions("<p>@salma</p>", LINKS))

    assert '<span class="h-card"><a href="https://ici.example/u/salma" class="u-url mention"' in found
