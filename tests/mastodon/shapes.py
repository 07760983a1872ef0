"""What strictly typed clients refuse to do without, as types; every API answer that a test receives is held to it.

A field that is missing or of another type loses a whole page in Ice Cubes (Swift), Tusky (Moshi), megalodon and toot:
that was read from their decoders. Fields beyond these are free.
"""

from __future__ import annotations

import re
import types
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

Id = Annotated[str, Meta(min_length=1)]
Url = Annotated[str, Meta(pattern=r"^https?://[^/\s]+")]
Date = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$")]
Count = Annotated[int, Meta(ge=0)]
Visibility = Literal["public", "unlisted", "private", "direct"]


class Emoji(Struct):
    shortcode: str
    url: Url
    static_url: Url
    visible_in_picker: bool


class Field(Struct):
    name: str
    value: str
    verified_at: str | None = None


class Account(Struct):
    id: Id
    username: Id
    acct: Id
    display_name: str
    note: str
    url: Url
    avatar: Url
    avatar_static: Url
    header: Url
    header_static: Url
    locked: bool
    bot: bool
    group: bool
    created_at: Date
    followers_count: Count
    following_count: Count
    statuses_count: Count
    emojis: list[Emoji]
    fields: list[Field]
    last_status_at: str | None = None


class Source(Struct):
    note: str
    fields: list[Field]
    privacy: Visibility
    sensitive: bool
    language: str | None = None
    follow_requests_count: Count = 0


class CredentialAccount(Account, kw_only=True):
    source: Source


class Mention(Struct):
    id: Id
    username: str
    acct: str
    url: str


class Media(Struct):
    id: Id
    type: Literal["image", "gifv", "video", "audio", "unknown"]
    url: str | None = None
    preview_url: str | None = None
    description: str | None = None
    blurhash: str | None = None
    meta: dict[str, Any] | None = None


class Option(Struct):
    title: str
    votes_count: Count | None


class Poll(Struct):
    id: Id
    expires_at: str | None
    expired: bool
    multiple: bool
    votes_count: Count
    options: list[Option]
    voted: bool | None = None
    own_votes: list[int] | None = None


class Tag(Struct):
    name: str
    url: str


class Card(Struct):
    url: str
    title: str
    description: str
    type: Literal["link", "photo", "video", "rich"]


class QuoteApproval(Struct):
    automatic: list[Literal["public", "followers"]]
    manual: list[Literal["public", "followers"]]
    current_user: Literal["automatic", "manual", "denied", "unknown"]


QuoteState = Literal["pending", "accepted", "rejected", "revoked", "deleted", "unauthorized"]


class Quote(Struct, forbid_unknown_fields=True):
    """What is quoted: whole, or, within a status that is quoted itself, its id."""

    state: QuoteState
    quoted_status: Status | msgspec.UnsetType | None = msgspec.UNSET
    quoted_status_id: Id | msgspec.UnsetType | None = msgspec.UNSET

    def __post_init__(self) -> None:
        if (self.quoted_status is msgspec.UNSET) == (self.quoted_status_id is msgspec.UNSET):
            raise ValueError("a quote is whole or an id")


class Status(Struct):
    id: Id
    uri: Id
    content: str
    account: Account
    created_at: Date
    visibility: Visibility
    sensitive: bool
    spoiler_text: str
    media_attachments: list[Media]
    mentions: list[Mention]
    tags: list[Tag]
    emojis: list[Emoji]
    reblogs_count: Count
    favourites_count: Count
    replies_count: Count
    reblog: Status | None
    in_reply_to_id: str | None
    in_reply_to_account_id: str | None
    quote: Quote | None
    quotes_count: Count
    quote_approval: QuoteApproval
    url: str | None = None
    edited_at: Date | None = None
    language: str | None = None
    poll: Poll | None = None
    card: Card | None = None
    favourited: bool = False
    reblogged: bool = False
    bookmarked: bool = False
    muted: bool = False
    pinned: bool = False
    filtered: list[dict[str, Any]] | None = None
    application: Application | None = None


class Notification(Struct):
    id: Id
    type: str
    created_at: Date
    account: Account
    status: Status | None = None


class Relationship(Struct):
    id: Id
    following: bool
    showing_reblogs: bool
    notifying: bool
    followed_by: bool
    blocking: bool
    blocked_by: bool
    muting: bool
    muting_notifications: bool
    requested: bool
    domain_blocking: bool
    endorsed: bool
    note: str


class Context(Struct):
    ancestors: list[Status]
    descendants: list[Status]


class Results(Struct):
    accounts: list[Account]
    statuses: list[Status]
    hashtags: list[Tag]


class UserList(Struct):
    id: Id
    title: str
    replies_policy: str
    exclusive: bool


class Conversation(Struct):
    id: Id
    unread: bool
    accounts: list[Account]
    last_status: Status | None


class Words(Struct):
    id: Id
    text: str
    spoiler_text: str


class Edit(Struct):
    content: str
    spoiler_text: str
    sensitive: bool
    created_at: Date
    account: Account
    media_attachments: list[Media]
    emojis: list[Emoji]


class Keyword(Struct):
    id: Id
    keyword: str
    whole_word: bool


class Filter(Struct):
    id: Id
    title: str
    context: list[str]
    expires_at: str | None
    filter_action: Literal["warn", "hide", "blur"]
    keywords: list[Keyword]
    statuses: list[dict[str, str]]


class Group(Struct):
    group_key: Id
    notifications_count: Count
    type: str
    most_recent_notification_id: int | str
    sample_account_ids: list[Id]
    status_id: str | None = None


class Grouped(Struct):
    accounts: list[Account]
    statuses: list[Status]
    notification_groups: list[Group]


class Scheduled(Struct):
    id: Id
    scheduled_at: Date
    params: dict[str, Any]
    media_attachments: list[Media]


class Application(Struct):
    name: str
    website: str | None = None


class NewApplication(Application, kw_only=True):
    id: Id
    client_id: Id
    client_secret: Id
    redirect_uri: str


class Grant(Struct):
    access_token: Id
    token_type: Literal["Bearer"]
    scope: str
    created_at: int


class Subscription(Struct):
    id: Id | int
    endpoint: Url
    server_key: Id
    alerts: dict[str, bool]


class Rule(Struct):
    id: Id
    text: str


class Contact(Struct):
    email: str


class Urls(Struct):
    streaming: str


class StatusLimits(Struct):
    max_characters: Annotated[int, Meta(ge=1)]
    max_media_attachments: int
    characters_reserved_per_url: int


class MediaLimits(Struct):
    supported_mime_types: list[str]
    image_size_limit: int
    image_matrix_limit: int
    video_size_limit: int
    video_matrix_limit: int


class PollLimits(Struct):
    max_options: int
    max_characters_per_option: int
    min_expiration: int
    max_expiration: int


class Configuration(Struct):
    urls: Urls
    statuses: StatusLimits
    media_attachments: MediaLimits
    polls: PollLimits


class Registrations(Struct):
    enabled: bool


class Instance(Struct):
    domain: Id
    title: str
    version: str
    description: str
    registrations: Registrations
    thumbnail: dict[str, Any]
    contact: Contact
    configuration: Configuration
    languages: list[str]
    rules: list[Rule]


class OldInstance(Struct):
    uri: Id
    title: str
    version: str
    description: str
    short_description: str
    email: str
    urls: dict[str, str]
    stats: dict[str, int]
    languages: list[str]
    registrations: bool
    rules: list[Rule]


class Error(Struct):
    error: Annotated[str, Meta(min_length=1)]
    error_description: str | None = None


ONE_STATUS = (
    r"statuses/\d+(/(favourite|unfavourite|reblog|unreblog|bookmark|unbookmark|pin|unpin|mute|unmute))?"
)  # fmt: skip
ONE_RELATION = (
    r"accounts/\d+/(follow|unfollow|block|unblock|mute|unmute|note|remove_from_followers|pin|unpin|endorse|unendorse)"
)  # fmt: skip
# Path below /api/ or /oauth/ → the entity of a good answer; the first that fits counts. What no line names is free.
SHAPES: list[tuple[str, Any]] = [
    (r"v2/instance", Instance),
    (r"v1/instance", OldInstance),
    (r"v1/apps", NewApplication),
    (r"v1/apps/verify_credentials", Application),
    (r"v1/custom_emojis", list[Emoji]),
    (r"v1/accounts/(verify_credentials|update_credentials)", CredentialAccount),
    (r"v1/accounts/relationships", list[Relationship]),
    (r"v1/accounts/(lookup|\d+)", Account),
    (r"v1/accounts(/search|/\d+/(followers|following|endorsements))?", list[Account]),
    (r"v1/accounts/\d+/statuses", list[Status]),
    (r"v1/accounts/\d+/lists", list[UserList]),
    (rf"v1/{ONE_RELATION}", Relationship),
    (r"v1/follow_requests/\d+/(authorize|reject)", Relationship),
    (r"v1/(follow_requests|mutes|blocks|directory|endorsements)", list[Account]),
    (rf"v1/{ONE_STATUS}", Status),
    (r"v1/statuses", Status | Scheduled | list[Status]),
    (r"v1/statuses/\d+/quotes", list[Status]),
    (r"v1/statuses/\d+/(interaction_policy|quotes/\d+/revoke)", Status),
    (r"v1/statuses/\d+/context", Context),
    (r"v1/statuses/\d+/source", Words),
    (r"v1/statuses/\d+/history", list[Edit]),
    (r"v1/statuses/\d+/(favourited_by|reblogged_by)", list[Account]),
    (r"v1/scheduled_statuses", list[Scheduled]),
    (r"v1/scheduled_statuses/\d+", Scheduled | dict[str, Any]),
    (r"v[12]/media(/\d+)?", Media | dict[str, Any]),
    (r"v1/polls/\d+(/votes)?", Poll),
    (r"v1/timelines/(home|public|link|direct|tag/[^/]+|list/\d+)", list[Status]),
    (r"v1/(favourites|bookmarks|trends/statuses)", list[Status]),
    (r"v1/conversations", list[Conversation]),
    (r"v1/conversations/\d+/(read|unread)", Conversation),
    (r"v1/lists/\d+/accounts", list[Account] | dict[str, Any]),
    (r"v1/lists/\d+", UserList | dict[str, Any]),
    (r"v1/lists", list[UserList] | UserList),
    (r"v2/filters", list[Filter] | Filter),
    (r"v2/search", Results),
    (r"v1/(followed_tags|trends/tags|trends)", list[Tag]),
    (r"v1/tags/[^/]+(/(follow|unfollow|feature|unfeature))?", Tag),
    (r"v1/notifications", list[Notification]),
    (r"v1/notifications/\d+", Notification),
    (r"v2/notifications", Grouped),
    (r"v1/push/subscription", Subscription | dict[str, Any]),
    (r"token", Grant),
]
_SHAPES = [(re.compile(path), shape) for path, shape in SHAPES]


def check(method: str, path: str, status: int, kind: str, body: bytes) -> None:
    """Raise `AssertionError` where an answer of the API at `path` is not what a client can read."""
    is_api = path.startswith("/api/")
    if method in {"OPTIONS", "HEAD"} or not (is_api or path.startswith("/oauth/")) or status in {204, 301, 302, 303}:
        return
    if kind != "application/json":
        assert not is_api or "streaming" in path, f"{method} {path}: {status} {kind or 'nothing'} instead of JSON"
        return
    shape = Error if status >= 400 else _shape(path)
    _hold(shape, body, f"{method} {path} ({status})")


def _shape(path: str) -> Any:
    below = path.removeprefix("/api/").removeprefix("/oauth/")
    return next((shape for known, shape in _SHAPES if known.fullmatch(below)), Any)


def _hold(shape: Any, body: bytes, what: str) -> None:
    found = msgspec.json.decode(body)
    problem = ""
    for one in _choices(shape):
        try:
            msgspec.convert(found, one)
        except msgspec.ValidationError as error:
            problem = problem or str(error)
        else:
            return
    raise AssertionError(f"{what}: {problem}: {body[:300].decode(errors='replace')}")


def _choices(shape: Any) -> tuple[Any, ...]:
    """Types that an answer may have: msgspec itself tells no two objects of a union apart."""
    return shape.__args__ if isinstance(shape, types.UnionType) else (shape,)
