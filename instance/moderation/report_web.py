"""Reporting a post, what became of it, and the page of a decision for the author it concerns."""

from __future__ import annotations

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from instance.accounts import tries
from instance.accounts.session import login_required
from instance.core.db import commit, db
from instance.core.errors import Invalid
from instance.core.i18n import language
from instance.core.web import current_account_id, current_viewer, network, page
from instance.moderation import reports, service
from instance.moderation.blueprint import bp
from instance.moderation.own_data import measure_word
from instance.moderation.reports import Notice
from instance.posts.models import Post


@bp.get("/p/<int:post_id>/signaler")
def report_form(post_id: int) -> ResponseReturnValue:
    """The form, for who can read the post; for all others the page of a post there is not."""
    post = reports.reportable(current_viewer(), post_id)
    return _form(post, Notice(), {})


def _form(post: Post, notice: Notice, errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    by_stranger = current_account_id() is None
    return page(
        "moderation/report.html", status, post=post, notice=notice, errors=errors, reasons=reports.REASONS,
        by_stranger=by_stranger, away=None if by_stranger else post.author.host, text_max=reports.TEXT_MAX,
        name_max=reports.NAME_MAX,
    )  # fmt: skip


@bp.post("/p/<int:post_id>/signaler")
def report(post_id: int) -> ResponseReturnValue:
    """Keep the report; its sender is told now and when it is decided."""
    viewer, account_id = current_viewer(), current_account_id()
    post = reports.reportable(viewer, post_id)
    form = request.form
    notice = Notice(
        form.get("reason", ""),
        form.get("text", ""),
        form.get("name", ""),
        form.get("email", ""),
        "good_faith" in form,
        "pass_on" in form,
    )
    if errors := notice.errors(by_stranger=account_id is None):
        return _form(post, notice, errors, 422)
    who = network() if account_id is None else f"account {account_id}"
    if moment := tries.count_try([reports.tries_of(who)]):
        return _form(reports.reportable(viewer, post_id), notice, {"": tries.come_back(moment)}, 429)
    with commit():
        reports.send(viewer, account_id, post_id, notice, language())
    flash(_("Votre signalement est parti. Une personne de la modération va le lire."), "ok")
    if account_id is not None:
        return redirect(url_for("moderation.own_reports"), 303)
    return redirect(url_for("posts.thread", post_id=post_id), 303)


@bp.get("/signalements/mes")
@login_required
def own_reports() -> ResponseReturnValue:
    """What the reader reported, and the answers."""
    rows = [(one, reports.REASONS[one.reason], reports.outcome_words(one)) for one in reports.of(g.account_id)]
    return page("moderation/own_reports.html", rows=rows, current="me")


@bp.get("/decisions/<int:measure_id>")
@login_required
def decision(measure_id: int) -> ResponseReturnValue:
    """A decision as its author reads it: measure, facts, rule, until when, how to contest."""
    return _decision(measure_id, "", {})


def _decision(measure_id: int, plea: str, errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    measure = service.own(g.account_id, measure_id)
    post = db.session.get_one(Post, measure.post_id)
    answers = [(one, measure_word(one)) for one in service.appeals_of(measure)]
    return page(
        "moderation/decision.html", status, measure=measure, post=post, word=measure_word(measure), answers=answers,
        is_in_force=service.is_in_force(measure), may_appeal=service.may_appeal(measure), plea=plea, errors=errors,
        words_max=service.WORDS_MAX,
    )  # fmt: skip


@bp.post("/decisions/<int:measure_id>/contester")
@login_required
def contest(measure_id: int) -> ResponseReturnValue:
    """Contest a decision."""
    account_id, plea = g.account_id, request.form.get("plea", "")
    try:
        with commit():
            service.appeal(service.own(account_id, measure_id), plea)
    except Invalid as refusal:
        return _decision(measure_id, plea, {refusal.field: refusal.sentence}, 422)
    flash(_("Votre contestation est partie. Une autre personne va la lire."), "ok")
    return redirect(url_for("moderation.decision", measure_id=measure_id), 303)
