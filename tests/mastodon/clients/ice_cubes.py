"""Ice Cubes, on iPhone: fields of a POST in its address, a slash behind the name of a tag, PUT for the policy."""

from tests.mastodon.clients.plays import QUOTES, Client, get, reading, send, upload

PUSH = (
    "/api/v1/push/subscription?subscription[endpoint]=https://push.example.org/ice"
    "&subscription[keys][p256dh]="
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
    "&subscription[keys][auth]=BTBZMqHH6r4Tts7J_aSIgg&data[alerts][mention]=true&data[alerts][status]=false&policy=all"
)

# Env/CurrentInstance, StatusKit (PostingService, StatusRowViewModel) and Models (Quote, QuoteApproval) at 0fc41d2. The
# number sent is that of what stood in the timeline: of what somebody passed on, the number of the boost, for a quote as
# for an answer. It chooses no policy and takes no leave back; it draws what is "accepted" or comes as a number.
QUOTING = (
    reading(get("quotes", "/api/v1/statuses/{public}"), {
        "visibility": "public", "quote_approval.current_user": "automatic",
    }),
    reading(send("quotes", "POST", "/api/v1/statuses", {
        "language": "fr", "media_attributes": [], "media_ids": [], "quoted_status_id": "{public}", "status": "Voyez",
        "visibility": "private",
    }), {"quote.state": "accepted", "quote.quoted_status.id": "{public}"}),
    reading(send("quotes", "POST", "/api/v1/statuses", {
        "language": "fr", "media_attributes": [], "media_ids": [], "quoted_status_id": "{passed}", "status": "Voyez",
        "visibility": "private",
    }), {"quote.state": "accepted", "quote.quoted_status.id": "{public}"}),
    reading(send("reply", "POST", "/api/v1/statuses", {
        "in_reply_to_id": "{passed}", "language": "fr", "media_attributes": [], "media_ids": [], "status": "Oui",
        "visibility": "private",
    }), {"in_reply_to_id": "{public}"}),
    reading(send("quotes", "POST", "/api/v1/statuses", {
        "language": "fr", "media_attributes": [], "media_ids": [], "quoted_status_id": "{quoting}",
        "status": "Encore", "visibility": "private",
    }, inner="quote.quoted_status.quote.quoted_status_id"), {"quote.quoted_status.quote.state": "accepted"}),
    reading(get("quotes", "/api/v1/statuses/{inner}"), {"id": "{own}", "quotes_count": 1}),
    reading(get("quotes", "/api/v1/statuses/{own}/quotes"), {"0.id": "{quoting}", "0.account.id": "{neighbour}"}),
    get("quotes", "/api/v1/statuses/{own}/quotes?max_id={quoting}"),
    reading(get("quotes", "/api/v1/statuses/{revoked}"), {"quote.state": "revoked", "quote.quoted_status": None}),
)  # fmt: skip
CLIENT = Client(
    "Ice Cubes", "2026-03-06", "iPhone", "icecubesapp://", sends_json=True,
    steps=(
        reading(get("first screen", "/api/v2/instance"), {"api_versions.mastodon": QUOTES}),
        get("first screen", "/api/v1/accounts/verify_credentials"),
        get("first screen", "/api/v1/preferences"),
        get("first screen", "/api/v1/instance/peers"),
        get("first screen", "/api/v1/custom_emojis"),
        get("first screen", "/api/v1/markers?timeline[]=home"),
        get("first screen", "/api/v1/timelines/home?limit=50"),
        get("first screen", "/api/v1/timelines/public?local=true&limit=50"),
        send("post", "POST", "/api/v1/statuses", {
            "status": "Bonjour d’Ice Cubes", "visibility": "public", "in_reply_to_id": None, "spoiler_text": None,
            "media_ids": None, "poll": None, "language": "fr", "media_attributes": None,
        }, mine="id"),
        get("reply", "/api/v1/statuses/{said}/context"),
        send("reply", "POST", "/api/v1/statuses", {
            "status": "Oui", "visibility": "private", "in_reply_to_id": "{said}",
        }),
        send("edit, delete", "PUT", "/api/v1/statuses/{mine}", {"status": "Bonsoir", "visibility": "public"}),
        get("edit, delete", "/api/v1/statuses/{mine}/history"),
        upload("pictures", "POST", "/api/v2/media", {"file": "photo"}, media="id"),
        send("pictures", "PUT", "/api/v1/media/{media}", {"description": "Un mur"}),
        send("pictures", "POST", "/api/v1/statuses", {
            "status": "Un mur", "visibility": "private", "media_ids": ["{media}"],
            "media_attributes": [{"id": "{media}", "description": "Un mur", "thumbnail": None, "focus": None}],
        }),
        send("polls", "POST", "/api/v1/statuses", {
            "status": "Quand ?", "visibility": "private",
            "poll": {"options": ["Samedi", "Dimanche"], "multiple": False, "expires_in": 86400},
        }, poll="poll.id"),
        get("polls", "/api/v1/polls/{poll}"),
        send("thanks, bookmarks, pins, boosts", "POST", "/api/v1/statuses/{said}/favourite"),
        send("thanks, bookmarks, pins, boosts", "POST", "/api/v1/statuses/{said}/bookmark"),
        get("thanks, bookmarks, pins, boosts", "/api/v1/favourites"),
        get("thanks, bookmarks, pins, boosts", "/api/v1/bookmarks"),
        get("thanks, bookmarks, pins, boosts", "/api/v1/statuses/{mine}/favourited_by"),
        *QUOTING,
        reading(get("notifications", "/api/v1/notifications?limit=30&exclude_types[]=poll"), {
            "0.type": "quote", "0.status.quote.state": "accepted", "0.status.quote.quoted_status.id": "{own}",
        }),
        reading(get("notifications in groups", "/api/v2/notifications?limit=30&grouped_types[]=favourite"
            "&grouped_types[]=follow&expand_accounts=full", key="notification_groups.0.group_key"), {
            "notification_groups.0.type": "quote", "notification_groups.0.status_id": "{quoting}",
        }),
        get("notifications in groups", "/api/v2/notifications/{key}"),
        get("notifications in groups", "/api/v2/notifications/{key}/accounts"),
        get("notifications in groups", "/api/v2/notifications/unread_count?limit=99"),
        send("notifications in groups", "PUT", "/api/v2/notifications/policy", {
            "for_not_following": "accept", "for_not_followers": "accept", "for_new_accounts": "accept",
            "for_private_mentions": "accept", "for_limited_accounts": "filter",
        }),
        get("notifications in groups", "/api/v1/notifications/requests"),
        send("push", "POST", PUSH),
        get("push", "/api/v1/push/subscription"),
        get("search", "/api/v2/search?q=marché&resolve=true"),
        get("search", "/api/v2/search?q=bruno&type=accounts&offset=0&following=false"),
        get("search", "/api/v1/accounts/search?q=bru"),
        get("people, follows", "/api/v1/accounts/lookup?acct=bruno"),
        get("people, follows", "/api/v1/accounts/{neighbour}/featured_tags"),
        get("people, follows", "/api/v1/accounts/familiar_followers?id[]={neighbour}"),
        get("people, follows", "/api/v1/accounts/{neighbour}/lists"),
        get("people, follows", "/api/v1/accounts/{neighbour}/statuses?only_media=false&exclude_replies=true"
            "&exclude_reblogs=true"),
        get("people, follows", "/api/v1/suggestions"),
        send("people, follows", "POST", "/api/v1/accounts/{neighbour}/follow?notify=true&reblogs=true"),
        send("people, follows", "POST", "/api/v1/accounts/{neighbour}/note", {"comment": "Du 12"}),
        send("people, follows", "POST", "/api/v1/accounts/{neighbour}/unfollow"),
        get("people, follows", "/api/v1/follow_requests"),
        send("mutes, blocks, reports", "POST", "/api/v1/accounts/{neighbour}/mute", {"duration": 0}),
        send("mutes, blocks, reports", "POST", "/api/v1/accounts/{neighbour}/unmute"),
        get("mutes, blocks, reports", "/api/v1/mutes"),
        get("mutes, blocks, reports", "/api/v1/blocks"),
        send("mutes, blocks, reports", "POST", "/api/v1/reports?account_id={neighbour}&status_ids[]={said}"
             "&comment=Publicit%C3%A9"),
        send("own profile", "PATCH", "/api/v1/accounts/update_credentials", {
            "note": "Du quartier", "source": {"privacy": "private", "sensitive": False}, "bot": False, "locked": True,
            "discoverable": False, "fields_attributes": {"0": {"name": "Jardin", "value": "partagé"}},
        }),
        send("lists", "POST", "/api/v1/lists?title=Amies&replies_policy=list&exclusive=false", list="id"),
        get("lists", "/api/v1/lists/{list}"),
        get("lists", "/api/v1/lists/{list}/accounts?limit=0"),
        get("lists", "/api/v1/timelines/list/{list}"),
        send("lists", "DELETE", "/api/v1/lists/{list}"),
        send("filters", "POST", "/api/v2/filters", {
            "title": "Travaux", "context": ["home"], "filter_action": "warn", "expires_in": None,
        }, filter="id"),
        send("filters", "POST", "/api/v2/filters/{filter}/keywords?keyword=bruit&whole_word=true", word="id"),
        send("filters", "DELETE", "/api/v2/filters/keywords/{word}"),
        send("filters", "DELETE", "/api/v2/filters/{filter}"),
        get("hashtags", "/api/v1/timelines/tag/Noël"),
        get("hashtags", "/api/v1/tags/Noël/"),
        send("hashtags", "POST", "/api/v1/tags/Noël/follow"),
        get("hashtags", "/api/v1/followed_tags"),
        get("hashtags", "/api/v1/trends/tags"),
        get("hashtags", "/api/v1/trends/statuses"),
        get("hashtags", "/api/v1/trends/links"),
        send("direct messages", "POST", "/api/v1/statuses", {"status": "@bruno Un mot", "visibility": "direct"}),
        get("direct messages", "/api/v1/conversations", talk="0.id"),
        send("direct messages", "POST", "/api/v1/conversations/{talk}/read"),
    ),
)  # fmt: skip
