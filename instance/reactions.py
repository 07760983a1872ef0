"""The switchboard: what follows from a fact, and which task a job row names. Nobody else says who reacts."""

from __future__ import annotations

from collections.abc import Sequence

from instance.accounts import closing, notices, tidying
from instance.core import jobs
from instance.core.jobs import Reaction, Task
from instance.media import service as media
from instance.notifications import mails, telling
from instance.posts import seen

REACTIONS: dict[str, Sequence[Reaction]] = {
    "fact:NewDevice": [notices.tell_new_device],
    "fact:ResetAsked": [notices.send_reset],
    "fact:PasswordChanged": [notices.tell_password_changed],
    "fact:AccountClosed": [closing.note_erased],
    "fact:ResidentVerified": [telling.tell_verified],
    "fact:QuartierOpened": [telling.tell_opened],
    "fact:RoleGiven": [telling.tell_role],
    "fact:PostPublished": [telling.tell_published],
    "fact:PostDeleted": [telling.forget_deleted],
}

TASKS: dict[str, Task] = {
    "forget_done": jobs.forget_done,
    "forget_traces": tidying.forget_traces,
    "mail_new_device": notices.mail_new_device,
    "mail_reset": notices.mail_reset,
    "mail_password_changed": notices.mail_password_changed,
    "mail_email_link": notices.mail_email_link,
    "mail_email_changed": notices.mail_email_changed,
    "note_erased": closing.write_erased,
    "mail_notice": mails.mail_notice,
    "throw_view_keys_away": seen.throw_keys_away,
    "drop_blobs": media.drop_blobs,
    "sweep_media": media.sweep,
}

# Run by the clock: task → seconds between two runs. The worker puts one job row per period.
PERIODIC: dict[str, int] = {
    "forget_done": 86_400,
    "forget_traces": 3_600,
    "throw_view_keys_away": 86_400,
    "sweep_media": 3_600,
}
