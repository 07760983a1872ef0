"""The desk of moderators: open cases, one case, appeals. The only pages on which a role shows words of others."""

from __future__ import annotations

from dataclasses import replace

from flask import Response, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from instance.core.db import commit
from instance.core.errors import Invalid
from instance.core.web import page
from instance.legal import service as legal
from instance.moderation import cases, reports, service
from instance.moderation.blueprint import bp
from instance.moderation.cases import Judge
from instance.moderation.own_data import measure_word
from instance.moderation.service import Decision
from instance.pages import subscribing
from instance.posts import holding
from instance.quartiers.access import my_roles, role_required

OWN_WORDS = "…"  # the choice « another rule, or the law », which is then written out


def judge() -> Judge:
    """Who asks."""
    return Judge(g.account_id, g.actor_id)


@bp.get("/moderation")
@role_required("moderator")
def case_list() -> ResponseReturnValue:
    """The open cases of the moderator's quartiers; no word of a post."""
    who = judge()
    held = [(one, measure_word(one.measure)) for one in cases.in_force(who)]
    return page(
        "moderation/cases.html", lines=cases.open_lines(who), held=held, appeals=cases.open_appeals(who),
        current="work", from_outside=holding.number(_places()), subscriptions=subscribing.waiting_number(_places()),
    )  # fmt: skip


def _places() -> list[int]:
    return [one for one in my_roles()["moderator"] if one]


@bp.get("/moderation/<int:report_id>")
@role_required("moderator")
def case(report_id: int) -> ResponseReturnValue:
    """The reported post with the thread around it; the look is a line in the author's journal."""
    who = judge()
    with commit():
        _report, post = cases.find(who, report_id)
        cases.note_look(who, post, "moderator")
    return _case(report_id, Decision(), "", {})


def _case(
    report_id: int, chosen: Decision, own_clause: str, errors: dict[str, str], status: int = 200
) -> ResponseReturnValue:
    who = judge()
    report, post = cases.find(who, report_id)
    before, after = cases.around(who, post)
    measure = cases.measure_of(post)
    words = [(one, reports.REASONS[one.reason]) for one in cases.reports_of(post.id)]
    return page(
        "moderation/case.html", status, report=report, post=post, before=before, after=after, reports=words,
        place=cases.place_name(post), photos=cases.photos_of(post), measure=measure, away=post.author.host,
        word=measure_word(measure) if measure else "", chosen=chosen, errors=errors,
        may_lift=measure is not None and measure.decided_by_id != who.account_id,
        own_clause=own_clause, rules=legal.rules()[1], own_words=OWN_WORDS, days=service.DAYS, current="work",
        words_max=service.WORDS_MAX, clause_max=service.CLAUSE_MAX,
    )  # fmt: skip


@bp.post("/moderation/<int:report_id>")
@role_required("moderator")
def decide(report_id: int) -> ResponseReturnValue:
    """Leave, hide or remove."""
    who, form = judge(), request.form
    own_clause = form.get("own_clause", "")
    chosen = Decision(
        form.get("measure", ""),
        form.get("clause", ""),
        form.get("reason", ""),
        form.get("days", 0, type=int),
        "pass_on" in form,
    )
    try:
        with commit():
            _report, post = cases.find(who, report_id)
            service.decide(post, _cited(chosen, own_clause), by=who.account_id)
    except Invalid as refusal:
        is_written_out = chosen.clause == OWN_WORDS or not legal.rules()[1]
        field = "own_clause" if refusal.field == "clause" and is_written_out else refusal.field
        return _case(report_id, chosen, own_clause, {field: refusal.sentence}, 422)
    flash(_("C’est décidé. L’auteur et ceux qui ont signalé sont prévenus."), "ok")
    return redirect(url_for("moderation.case_list"), 303)


def _cited(chosen: Decision, own_clause: str) -> Decision:
    """The decision with its clause as it will be kept: a rule with the version it stands in, or words."""
    version, rules = legal.rules()
    clause = own_clause if chosen.clause == OWN_WORDS or not rules else ""
    if chosen.clause in rules:
        clause = _("Règles, version %(version)d : %(rule)s", version=version, rule=chosen.clause)
    return replace(chosen, clause=clause)


@bp.post("/moderation/<int:report_id>/rendre")
@role_required("moderator")
def lift(report_id: int) -> ResponseReturnValue:
    """Give a post back: another moderator than who took the measure."""
    who, reason = judge(), request.form.get("lift_reason", "")
    try:
        with commit():
            _report, post = cases.find(who, report_id)
            measure = cases.measure_of(post)
            if measure is not None:
                service.lift(measure, post, reason, by=who.account_id)
    except Invalid as refusal:
        return _case(report_id, Decision(reason=reason), "", {"lift_reason": refusal.sentence}, 422)
    flash(_("Le message est de nouveau sur le mur."), "ok")
    return redirect(url_for("moderation.case_list"), 303)


@bp.get("/moderation/<int:report_id>/photo/<int:number>")
@role_required("moderator")
def case_photo(report_id: int, number: int) -> Response:
    """A picture of the reported post, for this page alone."""
    who = judge()
    with commit():
        _report, post = cases.find(who, report_id)
        cases.note_look(who, post, "moderator", is_picture=True)
    return _picture(cases.photo(post, number))


def _picture(data: bytes) -> Response:
    answer = Response(data, mimetype="image/webp")
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Content-Disposition"] = 'inline; filename="photo.webp"'
    answer.headers["Content-Security-Policy"] = "default-src 'none'"
    return answer


@bp.get("/contestations")
@role_required("moderator", "admin")
def appeal_list() -> ResponseReturnValue:
    """Appeals that another person than who decided may read; no word of them."""
    return page("moderation/appeals.html", appeals=cases.open_appeals(judge()), current="work")


@bp.get("/contestations/<int:appeal_id>")
@role_required("moderator", "admin")
def appeal(appeal_id: int) -> ResponseReturnValue:
    """The author's words, the decision and the post; the thread for moderators of the quartier only."""
    who = judge()
    with commit():
        _contest, _measure, post, moderates = cases.find_appeal(who, appeal_id)
        cases.note_look(who, post, "moderator" if moderates else "admin")
    return _appeal(appeal_id, "", "", {})


def _appeal(
    appeal_id: int, outcome: str, reason: str, errors: dict[str, str], status: int = 200
) -> ResponseReturnValue:
    who = judge()
    contest, measure, post, moderates = cases.find_appeal(who, appeal_id)
    before, after = cases.around(who, post) if moderates else ([], [])
    return page(
        "moderation/appeal.html", status, contest=contest, measure=measure, post=post, before=before, after=after,
        word=measure_word(measure), place=cases.place_name(post), photos=cases.photos_of(post), outcome=outcome,
        reason=reason, errors=errors, current="work", words_max=service.WORDS_MAX,
        is_in_force=service.is_in_force(measure),
    )  # fmt: skip


@bp.post("/contestations/<int:appeal_id>")
@role_required("moderator", "admin")
def decide_appeal(appeal_id: int) -> ResponseReturnValue:
    """Uphold or lift."""
    who, outcome, reason = judge(), request.form.get("outcome", ""), request.form.get("reason", "")
    try:
        with commit():
            contest, measure, post, _moderates = cases.find_appeal(who, appeal_id)
            service.decide_appeal(contest, measure, post, outcome, reason, by=who.account_id)
    except Invalid as refusal:
        return _appeal(appeal_id, outcome, reason, {refusal.field: refusal.sentence}, 422)
    flash(_("C’est décidé. L’auteur est prévenu."), "ok")
    return redirect(url_for("moderation.appeal_list"), 303)


@bp.get("/contestations/<int:appeal_id>/photo/<int:number>")
@role_required("moderator", "admin")
def appeal_photo(appeal_id: int, number: int) -> Response:
    """A picture of the post, for this page alone."""
    who = judge()
    with commit():
        _contest, _measure, post, moderates = cases.find_appeal(who, appeal_id)
        cases.note_look(who, post, "moderator" if moderates else "admin", is_picture=True)
    return _picture(cases.photo(post, number))
