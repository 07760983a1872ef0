"""Other servers as admins handle them: their health, what is decided about them, what goes out and what came in."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from instance.admin import peers
from instance.admin.blueprint import bp
from instance.core.db import commit
from instance.core.errors import Invalid
from instance.core.web import page, row_number
from instance.peers import blocklist, rules, traffic
from instance.peers.models import Delivery, Incoming
from instance.quartiers.access import role_required

SHOWN = 100


@bp.get("/admin/serveurs")
@role_required("admin")
def server_list() -> ResponseReturnValue:
    """Known servers and rules, by name."""
    return _servers({}, {})


def _servers(typed: dict[str, str], errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    words, after = request.args.get("q", ""), request.args.get("apres", "")
    only_rules = request.args.get("regles") == "1"
    found = traffic.servers(words, only_rules=only_rules, after=after, number=SHOWN + 1)
    return page(
        "admin/servers.html", status, found=found[:SHOWN], words=words, only_rules=only_rules, typed=typed,
        after=found[SHOWN - 1].host if len(found) > SHOWN else "", errors=errors, health=peers.HEALTH,
        rule_words=peers.RULES, reason_max=rules.REASON_MAX, outlook=traffic.outlook(), current="work",
    )  # fmt: skip


@bp.post("/admin/serveurs/regle")
@role_required("admin")
def keep_rule() -> ResponseReturnValue:
    """Decide about a server."""
    typed = {name: request.form.get(name, "") for name in ("host", "severity", "reason", "refuses_media")}
    try:
        with commit():
            rules.set_rule(
                typed["host"], typed["severity"], reason=typed["reason"], refuses_media=bool(typed["refuses_media"])
            )
    except Invalid as refusal:
        return _servers(typed, {refusal.field: refusal.sentence}, 422)
    flash(_("C’est décidé pour %(host)s et ses sous-domaines.", host=rules.clean_host(typed["host"])), "ok")
    return redirect(url_for("admin.server_list"), 303)


@bp.post("/admin/serveurs/regle/retirer")
@role_required("admin")
def drop_rule() -> ResponseReturnValue:
    """Forget what was decided about a server."""
    host = request.form.get("host", "")
    with commit():
        was_there = rules.remove(host)
    if was_there:
        flash(_("Plus rien n’est décidé pour %(host)s.", host=host), "ok")
    return redirect(url_for("admin.server_list"), 303)


@bp.post("/admin/serveurs/liste")
@role_required("admin")
def import_rules() -> ResponseReturnValue:
    """Take a list of domains over, whole or not at all."""
    upload = request.files.get("file")
    try:
        if upload is None or not upload.filename:
            raise Invalid("list.empty", _("Choisissez un fichier CSV."), field="file")
        text = _text_of(upload.stream.read(blocklist.MAX_CHARS + 1))
        with commit():
            brought = blocklist.import_csv(text)
    except Invalid as refusal:
        return _servers({}, {refusal.field: refusal.sentence}, 422)
    told = {"added": brought.added, "changed": brought.changed, "unchanged": brought.unchanged}
    said = _("Liste reprise. Nouveaux : %(added)d, modifiés : %(changed)d, inchangés : %(unchanged)d.", **told)
    flash(said, "ok")
    return redirect(url_for("admin.server_list", regles=1), 303)


def _text_of(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Invalid("list.text", _("Ce fichier n’est pas du texte en UTF-8."), field="file") from error


@bp.get("/admin/envois")
@role_required("admin")
def delivery_list() -> ResponseReturnValue:
    """What goes out: states, reasons, by server and state."""
    return _passages(traffic.going_out, traffic.counts(Delivery), traffic.OUT_STATES, "admin/deliveries.html")


@bp.get("/admin/arrivees")
@role_required("admin")
def incoming_list() -> ResponseReturnValue:
    """What came in, in the same manner."""
    return _passages(traffic.coming_in, traffic.counts(Incoming), traffic.IN_STATES, "admin/incoming.html")


def _passages(
    find: Callable[..., list[traffic.Passage]], counts: dict[str, int], states: tuple[str, ...], template: str
) -> ResponseReturnValue:
    host, state = request.args.get("serveur", "").strip(), request.args.get("etat", "")
    before = request.args.get("avant", type=row_number)
    found = find(host, state if state in states else "", before=before, number=traffic.SHOWN + 1)
    return page(
        template, found=found[: traffic.SHOWN], counts=counts, host=host, state=state, states=states,
        words=peers.STATES, reason_words=peers.reason_words, replayed=traffic.REPLAYED, current="work",
        before=found[traffic.SHOWN - 1].id if len(found) > traffic.SHOWN else None,
    )  # fmt: skip


@bp.post("/admin/envois/reprendre")
@role_required("admin")
def send_again() -> ResponseReturnValue:
    """Send one delivery again, or with no number every one that failed, to one server if one is named."""
    wanted = request.form.get("row", type=row_number)
    host = request.form.get("serveur", "")
    with commit():
        number = traffic.send_failed_again(host) if wanted is None else traffic.send_again([wanted])
    flash(ngettext("%(num)d envoi repris", "%(num)d envois repris", number), "ok")
    return redirect(url_for("admin.delivery_list", serveur=host or None), 303)


@bp.post("/admin/arrivees/rejouer")
@role_required("admin")
def replay() -> ResponseReturnValue:
    """Read an activity once more, as if it had just come."""
    wanted = request.form.get("row", type=row_number)
    with commit():
        number = traffic.replay([wanted] if wanted is not None else [])
    flash(ngettext("%(num)d arrivée relue", "%(num)d arrivées relues", number), "ok")
    return redirect(url_for("admin.incoming_list", serveur=request.form.get("serveur") or None), 303)
