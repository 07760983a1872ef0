"""Who speaks (Actor), who logs in (Account), and the names that nobody takes twice."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from instance.core.db import BigId, Model, Moment, Plain, Sealed, new_id


class Actor(Model):
    """Anybody or anything that can be the author of a post: a person, a quartier, a page; ours or remote."""

    __tablename__ = "actor"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    kind: Mapped[str]  # person | group | organization | application
    handle: Mapped[str]
    path: Mapped[str | None] = mapped_column(unique=True)  # ours: /u/sam, /q/goutte-d-or
    uri: Mapped[str | None] = mapped_column(unique=True)  # remote
    host: Mapped[str | None] = mapped_column(index=True)  # remote: what stands after the @, as its own server says
    shown_name: Mapped[str]  # "Salma B." or in full, as its owner chose; a quartier's name
    outside_name: Mapped[str] = mapped_column(default="")  # to strangers: "Salma B." once shown outside, never in full
    version: Mapped[int] = mapped_column(default=1)  # one more whenever a card would look different
    created_at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (
        CheckConstraint("(path IS NULL) <> (uri IS NULL)", "ours_or_remote"),
        CheckConstraint("kind IN ('person', 'group', 'organization', 'application')", "kind"),
        Index("ix_actor_handle", "handle"),
    )

    @property
    def acct(self) -> str:
        """`handle` for ours, `handle@host` for remote ones: the form of the Mastodon API."""
        return f"{self.handle}@{self.host}" if self.host else self.handle


class RemoteActor(Model):
    """What another server says of its actor, cleaned; fetched anew when a signature fails or a day has passed."""

    __tablename__ = "remote_actor"

    actor_id: Mapped[int] = mapped_column(BigId, ForeignKey("actor.id", ondelete="CASCADE"), primary_key=True)
    type: Mapped[str]  # as it calls itself: Person, Service, Group, Organization, Application
    inbox: Mapped[str]
    shared_inbox: Mapped[str | None]
    outbox: Mapped[str | None]
    followers: Mapped[str | None]
    moderators: Mapped[str | None]  # of a Group: the collection it is attributed to
    url: Mapped[str]  # its page, to click
    summary: Mapped[str] = mapped_column(default="")  # cleaned HTML
    icon_url: Mapped[str | None]  # fetched by us, never by a reader
    is_locked: Mapped[bool] = mapped_column(default=False)
    is_discoverable: Mapped[bool] = mapped_column(default=False)
    is_indexable: Mapped[bool] = mapped_column(default=False)
    also_known_as: Mapped[list[str]] = mapped_column(Plain)
    moved_to: Mapped[str | None]
    moved_at: Mapped[datetime | None] = mapped_column(Moment)  # when its followers here were led to the new account
    keys: Mapped[list[dict[str, str]]] = mapped_column(Plain)  # [{"id", "pem" or "multibase"}]
    circle_id: Mapped[int | None] = mapped_column(BigId)  # who reads its followers-only posts: accepted follows
    fetched_at: Mapped[datetime] = mapped_column(Moment)
    gone_at: Mapped[datetime | None] = mapped_column(Moment)


class ActorKey(Model):
    """A key pair of one of our actors. A retired one still signs what was queued before (48 h)."""

    __tablename__ = "actor_key"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    actor_id: Mapped[int] = mapped_column(BigId, ForeignKey("actor.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]  # rsa | ed25519
    private: Mapped[str] = mapped_column(Sealed("actor key"))  # PEM, or multibase of an Ed25519 seed
    public: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(Moment)
    retired_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (CheckConstraint("kind IN ('rsa', 'ed25519')", "kind"),)


class Follow(Model):
    """`follower` follows `followed`; counts only once accepted (threats.md F1). One of the two may be remote."""

    __tablename__ = "follow"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    follower_id: Mapped[int] = mapped_column(BigId, ForeignKey("actor.id", ondelete="CASCADE"))
    followed_id: Mapped[int] = mapped_column(BigId, ForeignKey("actor.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(default="pending")  # pending | accepted
    uri: Mapped[str | None] = mapped_column(index=True)  # id of a remote Follow; ours is /f/<id>
    # Ids of further Follows between the same two: each is undone by itself, in whatever order they come.
    more_uris: Mapped[list[str] | None] = mapped_column(Plain)
    shows_boosts: Mapped[bool] = mapped_column(default=True)
    notifies: Mapped[bool] = mapped_column(default=False)
    languages: Mapped[list[str] | None] = mapped_column(Plain)  # None: whatever they speak
    is_endorsed: Mapped[bool] = mapped_column(default=False)  # the follower shows them on their own profile
    since: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (
        Index("uq_follow_pair", "follower_id", "followed_id", unique=True),
        Index("ix_follow_followed", "followed_id", "state"),
        CheckConstraint("state IN ('pending', 'accepted')", "state"),
    )


class Mute(Model):
    """`muter` wants to see no more of `muted`; nobody is told."""

    __tablename__ = "mute"

    muter_id: Mapped[int] = mapped_column(BigId, ForeignKey("actor.id", ondelete="CASCADE"), primary_key=True)
    muted_id: Mapped[int] = mapped_column(BigId, ForeignKey("actor.id", ondelete="CASCADE"), primary_key=True)
    since: Mapped[datetime] = mapped_column(Moment)
    until: Mapped[datetime | None] = mapped_column(Moment)  # None: until it is ended
    hides_notices: Mapped[bool] = mapped_column(default=True)  # False: what they do to the muter is told still


class ActorNote(Model):
    """What `account` wrote down about somebody, for nobody else."""

    __tablename__ = "actor_note"

    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    about_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("actor.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    text: Mapped[str]


class HostBlock(Model):
    """A resident wants nothing from a whole server any more."""

    __tablename__ = "host_block"

    actor_id: Mapped[int] = mapped_column(BigId, ForeignKey("actor.id", ondelete="CASCADE"), primary_key=True)
    host: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime] = mapped_column(Moment)


class TakenName(Model):
    """A name in /u, /q, /g or /pages, in small letters: taken for ever, even when its owner is gone."""

    __tablename__ = "taken_name"

    name: Mapped[str] = mapped_column(primary_key=True)
    actor_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("actor.id", ondelete="SET NULL"))
    taken_at: Mapped[datetime] = mapped_column(Moment)


class Account(Model):
    """A person of this instance, as far as pages need them; who it is in law stands in `Identity`."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    actor_id: Mapped[int] = mapped_column(BigId, ForeignKey("actor.id"), unique=True)
    password_hash: Mapped[str]
    state: Mapped[str] = mapped_column(default="active")  # active | suspended; closed ones are gone
    language: Mapped[str] = mapped_column(default="fr")
    is_name_full: Mapped[bool] = mapped_column(default=False)
    is_simple: Mapped[bool] = mapped_column(default=False)  # affichage simple (F54)
    counts_views: Mapped[bool] = mapped_column(default=True)  # own reading counts in "Vu par" (F55)
    shows_first_lines: Mapped[bool] = mapped_column(default=False)  # in mails
    pushes_words: Mapped[bool] = mapped_column(default=False)  # to devices, of what is not public
    # Of posts whose application does not say it:
    writes_in: Mapped[str | None]  # None: in the language of the pages
    covers_pictures: Mapped[bool] = mapped_column(default=False)
    street: Mapped[str | None]  # shown beside the name, only if its owner chose so
    quiet_from_h: Mapped[int | None]  # "ne pas déranger": whole hours of the city's clock, from .. to
    quiet_to_h: Mapped[int | None]
    sort: Mapped[str] = mapped_column(default="replies")  # the wall's order: replies | new
    created_at: Mapped[datetime] = mapped_column(Moment)
    active_on: Mapped[date | None]  # last day of use, for the number of active accounts
    guide_seen: Mapped[int] = mapped_column(default=0)  # version of the guide shown last
    shows_outside: Mapped[bool] = mapped_column(default=False)  # « profil visible hors de Quartier Libre »
    spoke_outside: Mapped[bool] = mapped_column(default=False)  # has posted publicly: from then on the name shows
    summary: Mapped[str] = mapped_column(default="")  # a few words about oneself, as typed
    approves_followers: Mapped[bool] = mapped_column(default=True)
    is_discoverable: Mapped[bool] = mapped_column(default=False)  # stands in the directory of the client API
    fields: Mapped[list[dict[str, str]] | None] = mapped_column(Plain)  # of the profile: [{"name", "value"}], as typed
    # One more with each change of the filters, or of the tags followed; 0: there never were any.
    filters_version: Mapped[int] = mapped_column(default=0)
    tags_version: Mapped[int] = mapped_column(default=0)
    groups_version: Mapped[int] = mapped_column(default=0)  # one more whenever the person's groups change
    picks_languages: Mapped[bool] = mapped_column(default=False)  # once followed somebody for some languages only
    reached_by: Mapped[str] = mapped_column(default="anyone")  # from outside: anyone | followed | nobody
    also_known_as: Mapped[str] = mapped_column(default="")  # former accounts elsewhere, a URI a line
    moved_to: Mapped[str | None]  # URI of the account elsewhere that followers were sent to
    moved_at: Mapped[datetime | None] = mapped_column(Moment)

    actor: Mapped[Actor] = relationship(lazy="joined", innerjoin=True)


class Identity(Model):
    """Legal name and e-mail, sealed, apart from what pages read; found by the e-mail's mark only."""

    __tablename__ = "identity"

    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    first_name: Mapped[str] = mapped_column(Sealed("name"))
    last_name: Mapped[str] = mapped_column(Sealed("name"))
    email: Mapped[str | None] = mapped_column(Sealed("email"))
    email_mark: Mapped[str | None] = mapped_column(unique=True)  # HMAC of the normalised address


class LoginSession(Model):
    """A browser that is logged in; the cookie holds a token of which only the digest is kept."""

    __tablename__ = "login_session"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"), index=True)
    token_digest: Mapped[str] = mapped_column(unique=True)
    device: Mapped[str]  # "Firefox, Android"
    network: Mapped[str]  # address cut to /24 or /48, emptied after QL_LOG_DAYS
    created_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)


class KnownDevice(Model):
    """A browser from which this account has logged in before: no notice is sent for it."""

    __tablename__ = "known_device"

    digest: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    since: Mapped[datetime] = mapped_column(Moment)


class PasswordReset(Model):
    """A link to choose a new password, good once and for an hour."""

    __tablename__ = "password_reset"

    token_digest: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime] = mapped_column(Moment)


class Totp(Model):
    """An application on a telephone that shows six digits, as second step of log-in; confirmed by a first code."""

    __tablename__ = "totp"

    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    secret: Mapped[str] = mapped_column(Sealed("totp"))
    confirmed_at: Mapped[datetime] = mapped_column(Moment)
    last_step: Mapped[int] = mapped_column(BigId, default=0)  # of thirty seconds: a code is good once


class Passkey(Model):
    """A key in a device of its owner (WebAuthn), as second step of log-in."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[str] = mapped_column(unique=True)  # base64url
    public_key: Mapped[str]  # base64url of the COSE key
    sign_count: Mapped[int] = mapped_column(BigId)
    name: Mapped[str]  # as its owner calls it
    created_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)


class RecoveryCode(Model):
    """A code on paper, good once, for when telephone and keys are lost."""

    __tablename__ = "recovery_code"

    digest: Mapped[str] = mapped_column(primary_key=True)  # keyed mark of account and code
    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"), index=True)
    used_at: Mapped[datetime | None] = mapped_column(Moment)


class HalfLogin(Model):
    """A browser that gave the right password and owes the second step; good for ten minutes, for one log-in."""

    __tablename__ = "half_login"

    token_digest: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"), index=True)
    challenge: Mapped[str | None]  # what a passkey has to sign, base64url
    expires_at: Mapped[datetime] = mapped_column(Moment)


class Attempt(Model):
    """Failed tries at something that can be guessed, per subject, within a window."""

    __tablename__ = "attempt"

    subject: Mapped[str] = mapped_column(primary_key=True)  # "login:<mark of the account or network>"
    window_start: Mapped[datetime] = mapped_column(Moment)
    tries: Mapped[int]


class Block(Model):
    """`blocker` and `blocked` meet no more, in either direction; nothing tells the second one."""

    __tablename__ = "block"

    blocker_id: Mapped[int] = mapped_column(BigId, ForeignKey("actor.id", ondelete="CASCADE"), primary_key=True)
    blocked_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("actor.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    since: Mapped[datetime] = mapped_column(Moment)


class JournalLine(Model):
    """Something that a holder of a role did to, or looked at of, a person; who reads it in "mes données"."""

    __tablename__ = "journal_line"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"))
    by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("account.id", ondelete="SET NULL"))
    act: Mapped[str]  # role_given | role_taken | address_seen | letter_printed | report_seen | ...
    detail: Mapped[dict[str, str]] = mapped_column(Plain)
    at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (Index("ix_journal_line_account", "account_id", "id"),)
