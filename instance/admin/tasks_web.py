"""The jobs: how many wait, what failed and why, try again."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from instance.admin import tasks
from instance.admin.blueprint import bp
from instance.core import jobs
from instance.core.db import commit
from instance.core.web import page, row_number
from instance.quartiers.access import role_required


@bp.get("/admin/taches")
@role_required("admin")
def job_list() -> ResponseReturnValue:
    """Counts by state, and what went wrong."""
    return page("admin/tasks.html", counts=jobs.counts(), troubles=tasks.troubles(), current="work")


@bp.post("/admin/taches/reprendre")
@role_required("admin")
def retry_jobs() -> ResponseReturnValue:
    """Try one job again, or with no number every one that failed."""
    wanted = request.form.get("job", type=row_number)
    with commit():
        shown = [one for one in tasks.troubles() if wanted in (None, one.id)]
        ids = [one.id for one in shown if wanted is not None or one.state == "failed"]
        number = jobs.retry(ids)
    flash(ngettext("%(num)d tâche reprise", "%(num)d tâches reprises", number), "ok")
    return redirect(url_for("admin.job_list"), 303)
