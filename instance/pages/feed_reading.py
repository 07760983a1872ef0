"""What an RSS 2.0, RSS 1.0 (RDF) or Atom feed says, in our words: everything is bounded and cleaned here.

Read by expat with nothing declared: a document that defines an entity or an attribute of its own is refused before it
is used, and nothing that a document points to is ever fetched for it (threats.md C5).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html.entities import name2codepoint
from urllib.parse import urljoin
from xml.parsers import expat

from federation.errors import BadDocument
from federation.urls import origin
from instance.core import clock, markup
from instance.core.signs import one_line
from instance.media.elsewhere import Expected

DEPTH_MAX, ELEMENTS_MAX, ITEMS_MAX = 64, 60_000, 500
SPACE_MAX = 200  # signs of the name of a namespace, which each element in it repeats
TITLE_MAX, SUMMARY_MAX, KEY_MAX, URL_MAX = 300, 1200, 2000, 2000
OLDEST = 1990  # the year before which no feed says anything
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
# The namespaces of feeds themselves; what a module adds is asked for by its short name.
SPACES = {
    "": "", "http://www.w3.org/2005/Atom": "", "http://purl.org/atom/ns#": "", "http://purl.org/rss/1.0/": "",
    "http://my.netscape.com/rdf/simple/0.9/": "", RDF: "rdf:", "http://purl.org/dc/elements/1.1/": "dc:",
    "http://purl.org/rss/1.0/modules/content/": "content:", "http://search.yahoo.com/mrss/": "media:",
    "http://backend.userland.com/rss2": "", "http://blogs.law.harvard.edu/tech/rss": "",
}  # fmt: skip
ROOTS = {"rss": "channel", "rdf:RDF": "channel", "feed": ""}
_ENTITY = re.compile(rb"&([A-Za-z]{2,8}[0-9]{0,2});")
_OF_XML = frozenset({"amp", "lt", "gt", "quot", "apos"})


@dataclass
class Node:
    """An element: its name, its attributes, and what stands in it in its order."""

    name: str
    attributes: dict[str, str]
    parts: list[str | Node] = field(default_factory=list)

    def all(self, *names: str) -> Iterator[Node]:
        """The children of these names."""
        return (one for one in self.parts if isinstance(one, Node) and one.name in names)

    def text(self, *names: str) -> str:
        """The words of the first of these children that says something; names earlier in the list go first."""
        found = (one.words().strip() for name in names for one in self.all(name))
        return next((words for words in found if words), "")

    def words(self) -> str:
        """All text in it; an element within (XHTML) parts words."""
        return "".join(one if isinstance(one, str) else f" {one.words()} " for one in self.parts)


@dataclass(frozen=True)
class Item:
    """One entry of a feed."""

    key: str  # what its feed knows it by
    url: str
    title: str
    summary: str  # plain words
    published: datetime | None
    picture: Expected | None


@dataclass(frozen=True)
class Feed:
    """A feed: its name, its page, its items in their order."""

    title: str
    site: str
    items: tuple[Item, ...]


def read(body: bytes, url: str) -> Feed:
    """What the feed at `url` says. Raises `BadDocument`: no XML, no feed, or one that defines its own entities."""
    root = _tree(body)
    if root.name not in ROOTS:
        raise BadDocument("feed.kind", root.name[:100])
    channel = next(root.all(ROOTS[root.name]), root)
    nodes = [*channel.all("item", "entry"), *(root.all("item") if channel is not root else ())]
    items = (_item(node, url) for node in nodes[:ITEMS_MAX])
    return Feed(_plain(channel.text("title"), TITLE_MAX), _link(channel, url), tuple(one for one in items if one))


def _tree(body: bytes) -> Node:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    open_nodes = [Node("", {})]
    count = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if len(open_nodes) > DEPTH_MAX or count > ELEMENTS_MAX:
            raise BadDocument("feed.size")
        node = Node(_short(name), {_short(key): value for key, value in attributes.items()})
        open_nodes[-1].parts.append(node)
        open_nodes.append(node)

    def refuse(*_said: object) -> None:
        raise BadDocument("feed.entities")

    def declare(_prefix: str | None, uri: str | None) -> None:
        if len(uri or "") > SPACE_MAX:
            raise BadDocument("feed.size")

    parser.StartElementHandler, parser.EndElementHandler = start, lambda _name: open_nodes.pop()
    parser.CharacterDataHandler = lambda words: open_nodes[-1].parts.append(words)
    # An attribute that is declared with a value stands in each element: 500 kB of it in 60,000 of them.
    parser.EntityDeclHandler = parser.AttlistDeclHandler = refuse
    parser.StartNamespaceDeclHandler = declare
    try:
        # quirk(rss): &nbsp; and its kin, which XML does not know and many feeds write all the same.
        parser.Parse(_ENTITY.sub(_numbered, body), True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise BadDocument("feed.xml") from error
    found = open_nodes[0].parts
    return next(one for one in found if isinstance(one, Node))


def _short(name: str) -> str:
    space, _blank, local = name.rpartition(" ")
    return SPACES[space] + local if space in SPACES else name


def _numbered(found: re.Match[bytes]) -> bytes:
    name = found[1].decode()
    number = name2codepoint.get(name)
    return found[0] if number is None or name in _OF_XML else f"&#{number};".encode()


def _item(node: Node, base: str) -> Item | None:
    url = _link(node, base)
    title = _plain(node.text("title"), TITLE_MAX)
    summary = _plain(node.text("description", "summary", "content:encoded", "content"), SUMMARY_MAX, lines=True)
    key = node.text("guid", "id") or node.attributes.get("rdf:about", "").strip() or url
    if not key or not (title or summary):
        return None
    return Item(key[:KEY_MAX], url, title, summary, _moment(node), _picture(node, base))


def _plain(html: str, limit: int, *, lines: bool = False) -> str:
    """Words without any tag; of a summary its lines stay, and it is cut at a word."""
    words = markup.plain(markup.from_remote(html))
    if not lines:
        return one_line(words, limit)
    kept = [line for part in words.split("\n") if (line := one_line(part, limit + 1))]
    text = "\n".join(kept)
    return text if len(text) <= limit else text[:limit].rsplit(" ", 1)[0] + "…"


def _address(said: str, base: str) -> str:
    """An address to click, or nothing."""
    try:
        url = urljoin(base, said.strip())
        origin(url)
    except (BadDocument, ValueError):
        return ""
    return url if said.strip() and url.startswith(("http://", "https://")) and len(url) <= URL_MAX else ""


def _link(node: Node, base: str) -> str:
    links = list(node.all("link"))
    for one in links:  # Atom
        if one.attributes.get("rel", "alternate") == "alternate" and one.attributes.get("href"):
            return _address(one.attributes["href"], base)
    if said := node.text("link"):
        return _address(said, base)
    guid = next(node.all("guid"), None)
    is_link = guid is not None and guid.attributes.get("isPermaLink", "true") != "false"
    return _address(guid.words(), base) if guid is not None and is_link else ""


def _moment(node: Node) -> datetime | None:
    """When it was published, as far as it says so and can be true."""
    for said in (node.text("pubDate"), node.text("published", "issued", "dc:date", "updated", "modified")):
        found = _read_moment(said) if said else None
        if found is not None and found.year >= OLDEST and found <= clock.now():
            return found
    return None


def _read_moment(said: str) -> datetime | None:
    for reader in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = reader(said[:60])
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, TypeError, OverflowError):
            continue
    return None


def _picture(node: Node, base: str) -> Expected | None:
    """The picture that comes with an item: what it encloses, or what the module for media names."""
    groups = [node, *node.all("media:group")]
    found = [one for group in groups for one in group.all("enclosure", "link", "media:content", "media:thumbnail")]
    for one in found:
        said = one.attributes
        if one.name == "link" and said.get("rel") != "enclosure":
            continue
        kind = said.get("type", "")
        is_picture = kind.startswith("image/") or said.get("medium") == "image" or one.name == "media:thumbnail"
        url = _address(said.get("url") or said.get("href") or "", base)
        if is_picture and url:
            return Expected(url, one_line(one.text("media:description"), 1500))
    return None
