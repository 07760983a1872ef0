"""The switchboard: what follows from a fact, and which task a job row names. Nobody else says who reacts."""

from __future__ import annotations

from collections.abc import Sequence

from instance.accounts import (
    closing,
    follow_wire,
    followers_sync,
    follows,
    imports,
    keys,
    moves_out,
    notices,
    partings,
    remote_errands,
    tidying,
    updating,
)
from instance.admin import people
from instance.core import jobs
from instance.core.jobs import Reaction, Task
from instance.desk import exchange
from instance.desk import service as desk
from instance.desk import telling as desk_telling
from instance.fediverse import fetching as actor_fetching
from instance.mastodon import grants, scheduled
from instance.media import elsewhere, later
from instance.media import service as media
from instance.messages import receiving as messages
from instance.messages import sending as message_sending
from instance.moderation import activities as flags
from instance.moderation import cases
from instance.moderation import mails as report_mails
from instance.moderation import service as moderation
from instance.notifications import (
    from_outside,
    mails,
    push,
    telling,
    telling_desk,
    telling_followers,
    telling_messages,
    telling_outside,
    telling_polls,
    telling_quotes,
)
from instance.pages import activities as pages
from instance.pages import feeds, subscribing_errands
from instance.partners import (
    claims,
    claims_given,
    directory,
    directory_reading,
    hearing,
    passages,
    passages_wire,
    signing,
)
from instance.partners import errands as accords
from instance.peers import incoming, tombstones
from instance.peers import tidying as sent
from instance.posts import (
    announcing,
    carrying,
    earlier,
    far_passages,
    far_sending,
    fetching,
    follow_circles,
    link_cards,
    moves,
    origins,
    poll_sending,
    quotes,
    quotes_wire,
    remote,
    search,
    seen,
    sending,
)
from instance.quartiers import keyring
from instance.streaming import noticing
from instance.verification import mails as proof_mails
from instance.verification import tasks as proof_tasks

REACTIONS: dict[str, Sequence[Reaction]] = {
    "fact:NewDevice": [notices.tell_new_device, telling.tell_new_device],
    "fact:ResetAsked": [notices.send_reset],
    "fact:PasswordChanged": [notices.tell_password_changed],
    "fact:SecondFactorChanged": [notices.tell_second_factor, telling.tell_second_factor],
    "fact:AccountClosed": [closing.note_erased],
    "fact:AccountSuspended": [people.tell_suspended, claims_given.review],
    "fact:ResidentVerified": [
        telling.tell_verified,
        keyring.for_residents,
        claims_given.review,
        claims_given.forget_contacts,
    ],
    "fact:QuartierOpened": [telling.tell_opened, keyring.for_quartiers, passages.settle_opened],
    "fact:ProfileChanged": [updating.send_updated],
    "fact:RoleGiven": [telling.tell_role],
    "fact:ProofEnding": [proof_mails.tell],
    "fact:ProofRefused": [proof_mails.tell],
    "fact:ProofRevoked": [proof_mails.tell, claims_given.review],
    "fact:RecheckAsked": [proof_mails.tell],
    "fact:LetterReturned": [proof_mails.tell, claims_given.review],
    "fact:QuartierFound": [proof_mails.tell],
    "fact:ResidentMoved": [moves.sign_off, claims_given.review, claims_given.forget_contacts],
    "fact:AgreementSigned": [accords.order_ways, directory.take_partners],
    "fact:AgreementWaits": [telling.tell_agreement],
    "fact:ClaimRevoked": [origins.forget_revoked],
    "fact:PostPublished": [
        telling.tell_published,
        telling_followers.tell_followers,
        sending.send_published,
        far_sending.send_published,
        message_sending.send_published,
    ],
    "fact:PostEdited": [sending.send_edited, far_sending.send_edited, message_sending.send_edited],
    "fact:PostReworded": [telling_outside.tell_reworded],
    "fact:PostDeleted": [
        telling.forget_deleted,
        moderation.close_deleted,
        sending.send_deleted,
        far_sending.send_deleted,
        message_sending.send_deleted,
        messages.settle_gone,
        carrying.end,
    ],
    "fact:PostWithdrawn": [sending.send_deleted, far_sending.send_deleted],
    "fact:PostRetracted": [telling.forget_deleted, moderation.close_deleted, sending.send_retracted],
    "fact:PostReceived": [
        messages.seat_received,
        from_outside.tell_received,
        telling_followers.tell_followers,
        announcing.pass_on_received,
    ],
    "fact:PostArrived": [telling_followers.tell_followers],
    "fact:PostApproved": [from_outside.tell_received, announcing.pass_on_received],
    "fact:PostChanged": [announcing.pass_on_changed],
    "fact:Thanked": [sending.send_thanked],
    "fact:ThanksReceived": [telling_outside.tell_thanks],
    "fact:BoostReceived": [telling_outside.tell_boost],
    "fact:Quoted": [telling_quotes.tell_quoted, quotes_wire.ask],
    "fact:QuoteRevoked": [quotes_wire.send_revoked],
    "fact:PassedOn": [carrying.carry],
    "fact:PassingEnded": [carrying.end],
    "fact:Boosted": [sending.send_boosted],
    "fact:BoostEnded": [sending.send_boost_ended],
    "fact:PollVoted": [poll_sending.send_voted],
    "fact:PollClosed": [poll_sending.send_closed, telling_polls.tell_closed],
    "fact:FollowAsked": [follow_wire.send_asked, telling_outside.tell_asked, passages.settle_followed],
    "fact:FollowAccepted": [
        follow_wire.send_accepted,
        follow_circles.let_in,
        telling_outside.tell_followed,
        passages.settle_followed,
    ],
    "fact:FollowEnded": [follow_wire.send_ended],
    "fact:FollowRefused": [follow_wire.send_refused],
    "fact:ActorBlocked": [
        follows.end_blocked,
        quotes.end_blocked,
        telling_outside.forget_blocked,
        messages.settle_blocked,
    ],
    "fact:AccountMoved": [moves_out.send_moved],
    "fact:InboxGone": [partings.drop_followers_behind],
    "fact:HostBlocked": [partings.part_from_blocked, signing.shut_blocked],
    "fact:ActorGone": [remote.wipe_gone],
    "fact:ScheduledFailed": [telling.tell_unsent],
    "fact:PassageInvited": [telling.tell_invited],
    "fact:PassageOpened": [passages_wire.tell_adjacent, hearing.look],
    "fact:AnswersTaken": [hearing.look],
    "fact:PassageHeard": [far_passages.opened],
    "fact:AgreementEnded": [far_passages.ended],
    "fact:PassageClosed": [passages_wire.tell_adjacent, far_passages.closed],
    "fact:QuartierShut": [passages_wire.tell_shut],
    "fact:PageInvited": [telling.tell_page_invited],
    "fact:PageChanged": [pages.send_changed],
    "fact:PageClosed": [pages.send_closed, desk.forget_page],
    "fact:DeskHasNews": [telling_desk.tell_desk],
    "fact:TipAnswered": [telling_desk.tell_tip],
    "fact:NoticeGiven": [push.order, noticing.tell_notices],
    "fact:ReportPassedOn": [flags.send_flag],
    "fact:ReportReceived": [report_mails.confirm, cases.call_moderators],
    "fact:CaseWaits": [telling.tell_case],
    "fact:ReportAnswered": [report_mails.answer, telling.tell_report],
    "fact:MeasureTaken": [
        telling.tell_measure,
        sending.follow_verdict,
        far_sending.follow_verdict,
        carrying.follow_verdict,
        messages.settle_gone,
    ],
    "fact:ConversationRead": [telling_messages.note_read],
    "fact:GroupAsked": [telling_messages.tell_asked],
    "fact:GroupJoined": [telling_messages.tell_joined],
}

TASKS: dict[str, Task] = {
    "forget_done": jobs.forget_done,
    "forget_traces": tidying.forget_traces,
    "mail_new_device": notices.mail_new_device,
    "mail_reset": notices.mail_reset,
    "mail_password_changed": notices.mail_password_changed,
    "mail_second_factor": notices.mail_second_factor,
    "mail_email_link": notices.mail_email_link,
    "mail_email_changed": notices.mail_email_changed,
    "note_erased": closing.write_erased,
    "take_imported": imports.take_imported,
    "make_key": keys.make_key,
    "make_missing_keys": keyring.make_missing,
    "forget_retired_keys": keys.forget_retired,
    "fetch_for": actor_fetching.fetch_for,
    "refresh_actor": remote_errands.refresh_actor,
    "check_gone": remote_errands.check_gone,
    "check_claim": claims.check_claim,
    "tend_claims": claims_given.tend_claims,
    "confirm_name": remote_errands.confirm_name,
    "move_followers": remote_errands.move_followers,
    "sync_followers": followers_sync.sync_followers,
    "forget_grants": grants.forget_old,
    "forget_incoming": incoming.forget_old,
    "forget_sent": sent.forget_sent,
    "forget_tombstones": tombstones.forget_old,
    "mail_notice": mails.mail_notice,
    "send_push": push.send_push,
    "mail_proof": proof_mails.mail_proof,
    "tend_proofs": proof_tasks.tend_proofs,
    "throw_view_keys_away": seen.throw_keys_away,
    "drop_blobs": media.drop_blobs,
    "sweep_media": media.sweep,
    "show_who_spoke": earlier.show_who_spoke,
    "draw_upload": later.draw_upload,
    "fetch_picture": elsewhere.fetch_picture,
    "forget_pictures": elsewhere.forget_old,
    "publish_scheduled": scheduled.publish_scheduled,
    "fetch_card": link_cards.fetch_card,
    "fetch_post": fetching.fetch_post,
    "fetch_parents": fetching.fetch_parents,
    "find_named": sending.find_named,
    "catch_up_far": far_passages.catch_up,
    "take_back_far": far_passages.take_back,
    "gather_messages": messages.gather_messages,
    "forget_cards": link_cards.forget_old,
    "close_poll": poll_sending.close_poll,
    "tell_totals": poll_sending.tell_totals,
    "index_missing": search.index_missing,
    "mail_suspended": people.mail_suspended,
    "mail_report": report_mails.mail_report,
    "end_measure": moderation.end_measure,
    "forget_reports": moderation.forget_reports,
    "drop_tip_files": desk.drop_files,
    "tell_desks": desk_telling.tell_desks,
    "tell_pages": exchange.tell_pages,
    "survey_city": accords.survey_city,
    "open_ways": accords.open_ways,
    "tend_agreements": accords.tend_agreements,
    "order_comparisons": passages_wire.order_comparisons,
    "compare_adjacent": passages_wire.compare_adjacent,
    "find_page": subscribing_errands.find_page,
    "read_feeds": feeds.read_due,
    "read_feed": feeds.read_feed,
    "read_cities": directory.read_all,
    "read_city": directory_reading.read_city,
}

# Tasks that talk to other servers: run apart from those that don't, which they may not hold up.
# Pictures and cards are a set of their own: many of them come at once, and nobody waits for them.
ERRANDS = (
    frozenset(
        {
            "fetch_post", "fetch_parents", "find_named", "fetch_for", "refresh_actor", "check_gone", "confirm_name",
            "move_followers", "sync_followers", "take_imported", "compare_adjacent", "check_claim",
            "survey_city", "open_ways",
            "find_page",
        }
    ),
    frozenset({"fetch_picture", "fetch_card", "read_city", "read_feed"}),
    frozenset({"send_push"}),  # somebody waits for these: a slow page shall not hold them up
    frozenset({"draw_upload"}),  # heavy, but an application waits for it
)  # fmt: skip

# Run by the clock: task → seconds between two runs. The worker puts one job row per period.
PERIODIC: dict[str, int] = {
    "forget_done": 86_400,
    "forget_traces": 3_600,
    "throw_view_keys_away": 86_400,
    "sweep_media": 3_600,
    "forget_pictures": 86_400,
    "show_who_spoke": 86_400,
    "gather_messages": 86_400,
    "forget_cards": 86_400,
    "index_missing": 86_400,
    "forget_reports": 86_400,
    "tell_desks": 86_400,
    "tell_pages": 86_400,
    "tend_proofs": 3_600,
    "tend_claims": 3_600,
    "tend_agreements": 3_600,
    "make_missing_keys": 3_600,
    "forget_retired_keys": 86_400,
    "forget_grants": 86_400,
    "forget_incoming": 86_400,
    "forget_sent": 86_400,
    "forget_tombstones": 86_400,
    "order_comparisons": 86_400,
    "read_cities": 604_800,
    "read_feeds": 300,
}
