"""From what people type to safe HTML: Markdown without HTML, addresses made links, then an allow-list.

The list and its filter are those that Mastodon's readers expect (threats.md D1-D6).
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt

TAGS = {
    "p",
    "br",
    "span",
    "a",
    "del",
    "s",
    "pre",
    "blockquote",
    "code",
    "b",
    "strong",
    "u",
    "i",
    "em",
    "ul",
    "ol",
    "li",
}
REMOTE_TAGS = TAGS | {"h3", "h4", "h5", "h6", "ruby", "rt", "rp"}  # federation.md, section 11
PAGE_TAGS = TAGS | {"h2", "h3", "hr", "table", "thead", "tbody", "tr", "th", "td"}
CLASSES = {"a": {"mention", "u-url", "hashtag"}, "span": {"h-card", "invisible", "ellipsis"}}
MAX_CHARS = 10_000
REMOTE_BYTES = 100_000  # of a post from elsewhere so much is kept
REMOTE_MARKS = 4_000  # with more tags than that it is read as bare words: a parser takes its time over deep nesting
_TABLE, _TAG = re.compile(r"<table>.*?</table>", re.DOTALL), re.compile(r"<[^>]*>")
_BARE, _BREAK = re.compile(r"<[^<>]*>"), re.compile(r"<br ?/?>|</(?:p|li|h[1-6]|blockquote|pre|div)>")
_AT = re.compile(r"(?<![\w@/.])@[a-z0-9_][a-z0-9_.-]{0,60}(?:@[a-z0-9][a-z0-9.:-]{1,200})?", re.IGNORECASE)
FAR_MENTION = re.compile(
    r"(?<![\w@/.])@([a-z0-9_][a-z0-9_.-]{0,60})@([a-z0-9][a-z0-9.:-]{1,200}[a-z0-9])", re.IGNORECASE
)
MENTION = re.compile(r"(?<![\w@/.])@([a-z][a-z0-9_]{1,29})(?![\w@])", re.IGNORECASE)


@lru_cache(maxsize=1)
def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False, "linkify": True, "breaks": True})
    assert reader.linkify is not None, "the option above makes it"
    reader.linkify.set({"fuzzy_email": False})  # @name@host is no mail address
    return reader.enable(["linkify", "strikethrough", "table"]).disable(["image", "heading", "lheading", "hr", "table"])


@lru_cache(maxsize=1)
def _page_reader() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "linkify": True}).enable(["linkify", "table"]).disable(["image"])


def from_text(text: str) -> str:
    """The HTML of a message typed by a resident; at most `MAX_CHARS` signs are read."""
    return clean(_reader().render(text[:MAX_CHARS]))


def from_page(text: str) -> str:
    """The HTML of a legal page or of the guide, written in Markdown by an admin: headings and tables stay."""
    return _TABLE.sub(_as_rows, _clean(_page_reader().render(text), PAGE_TAGS))


def _as_rows(table: re.Match[str]) -> str:
    """A table as `ui.table` makes it: on a phone each row is a block whose cells say their column."""
    heads = re.findall(r"<th>(.*?)</th>", table[0], re.DOTALL)
    labels = [html.escape(html.unescape(_TAG.sub("", head))) for head in heads]
    rows = (part.partition("</tr>")[0].split("<td>")[1:] for part in table[0].partition("<tbody>")[2].split("<tr>")[1:])
    body = "".join(f'<tr role="row">{"".join(map(_cell, labels, row))}</tr>' for row in rows)
    top = "".join(f'<th scope="col" role="columnheader">{head}</th>' for head in heads)
    return (
        f'<div class="table-box"><table role="table"><thead role="rowgroup"><tr role="row">{top}</tr></thead>'
        f'<tbody role="rowgroup">{body}</tbody></table></div>'
    )


def _cell(label: str, cell: str) -> str:
    said = f' data-label="{label}"' if label else ""
    return f'<td role="cell"{said}>{cell.partition("</td>")[0]}</td>'


def clean(markup: str) -> str:
    """`markup` with nothing but what the allow-list names; absolute http(s) links only; the words are kept."""
    return _clean(markup, TAGS)


def from_remote(markup: str) -> str:
    """The HTML that another server sent, as it may be shown here: cut, cleaned, its words kept (threats D1-D6)."""
    cut = markup.encode()[:REMOTE_BYTES].decode(errors="ignore")
    if cut.count("<") > REMOTE_MARKS:
        cut = html.escape(_words(cut))
    return _clean(cut, REMOTE_TAGS)


def plain(markup: str) -> str:
    """The words of HTML that was cleaned, a line per paragraph."""
    return _words(_BREAK.sub("\n", markup)).strip()


def _words(markup: str) -> str:
    return html.unescape(_BARE.sub("", markup))


def quoting(url: str) -> str:
    """The line that stands for a quote where none is drawn; Mastodon's own words for it, which its clients hide."""
    address = html.escape(url)
    return f'<p class="quote-inline">RE: <a href="{address}">{address}</a></p>'


def with_mentions(markup: str, links: Mapping[str, str]) -> str:
    """`markup` of ours in which each @name or @name@host of `links` leads to its address, outside of links and code.

    Any other name stays words: nothing tells whether there is such a person. Links look as Mastodon's do, by which
    programs know them.
    """
    if not links:
        return markup
    by_name = {label.lower(): uri for label, uri in links.items()}
    return outside_links(markup, lambda part: _AT.sub(lambda found: _linked(found[0], by_name), part))


def outside_links(markup: str, change: Callable[[str], str]) -> str:
    """`markup` of ours whose words outside of links and code went through `change`, which gets HTML and gives HTML."""
    inside, parts = 0, re.split(r"(<[^<>]*>)", markup)
    for place, part in enumerate(parts):
        if place % 2:
            opens = part.startswith(("<a ", "<a>", "<code", "<pre"))
            inside += opens - part.startswith(("</a", "</code", "</pre"))
        elif not inside:
            parts[place] = change(part)
    return "".join(parts)


def _linked(label: str, by_name: Mapping[str, str]) -> str:
    name = label.rstrip(".-:")
    uri = by_name.get(name.lower())
    if uri is None:
        return label
    link = f'<a href="{html.escape(uri)}" class="u-url mention">@<span>{name[1:]}</span></a>'
    return f'<span class="h-card">{link}</span>{label[len(name) :]}'


def mentioned_far(text: str) -> list[tuple[str, str]]:
    """Name and host of those named in `text` as @name@host, in small letters, each once, at most 20."""
    found = FAR_MENTION.findall(text[:MAX_CHARS])
    return list(dict.fromkeys((name.lower(), host.lower()) for name, host in found))[:20]


def _clean(markup: str, tags: set[str]) -> str:
    return nh3.clean(
        markup,
        tags=tags,
        attributes={"a": {"href"}, "ol": {"start"}},
        allowed_classes=CLASSES,
        url_schemes={"http", "https", "mailto"} if tags is PAGE_TAGS else {"http", "https"},
        link_rel="nofollow noopener noreferrer ugc",
        attribute_filter=_absolute,
    )


def _absolute(tag: str, name: str, value: str) -> str | None:
    """Relative and //host links are dropped: the default allow-list keeps them."""
    if name != "href":
        return value
    return value if value.startswith(("https://", "http://", "mailto:")) else None


def mentioned(text: str) -> list[str]:
    """Handles named in `text` by @, in small letters, each once, at most 20."""
    return list(dict.fromkeys(name.lower() for name in MENTION.findall(text[:MAX_CHARS])))[:20]


def first_line(text: str, limit: int = 80) -> str:
    """The first words of a message without its marks, cut at a word."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    return line[:limit].rsplit(" ", 1)[0] + "…"
