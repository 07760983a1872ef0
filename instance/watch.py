"""What watches over the process ask: health, readiness, figures; and the files of the installable app."""

from __future__ import annotations

import hmac
import shutil
from datetime import datetime, timedelta

from flask import Blueprint, Response, current_app, make_response, render_template, request, send_from_directory
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from instance.core import clock, jobs, leases, secrets
from instance.core.db import db
from instance.core.errors import NotFound
from instance.core.web import settings
from instance.peers import traffic
from instance.peers.models import Delivery, Incoming

bp = Blueprint("house", __name__)
QUEUE_OLD = timedelta(minutes=10)
DISK_FREE = 0.05
FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "X-Real-Ip")


@bp.get("/health")
def health() -> ResponseReturnValue:
    """The process is up."""
    return Response("ok\n", mimetype="text/plain")


@bp.get("/health/ready")
def ready() -> ResponseReturnValue:
    """Database, queue and disk; 503 with the reasons, one a line."""
    reasons = faults()
    if any(name in request.headers for name in FORWARDED) and not settings().proxy_hops:
        reasons.append("forwarded request: set QL_PROXY_HOPS to the number of proxies in front")
    return Response("\n".join(reasons or ["ok"]) + "\n", 503 if reasons else 200, mimetype="text/plain")


def faults() -> list[str]:
    """What keeps the instance from working, one sentence each; empty when all is well."""
    reasons = []
    try:
        db.session.execute(text("SELECT 1"))
        if (oldest := overdue()) is not None:
            reasons.append(f"queue: a job has been due since {oldest:%Y-%m-%d %H:%M} UTC; is a worker running?")
    except SQLAlchemyError as error:
        db.session.rollback()
        reasons.append(f"database: {type(error).__name__}")
    disk = shutil.disk_usage(settings().data_dir)
    if disk.free / disk.total < DISK_FREE:
        reasons.append(f"disk: {disk.free // 2**20} MiB left in the data folder")
    return reasons


def overdue() -> datetime | None:
    """Since when a job, or what came from or goes to other servers, has waited for a worker, if that is too long."""
    oldest = jobs.oldest_due()
    return oldest if oldest is not None and clock.now() - oldest > QUEUE_OLD else traffic.stuck_since(QUEUE_OLD)


@bp.get("/metrics")
def metrics() -> ResponseReturnValue:
    """Counts for Prometheus; for this machine, or with the token that `quartier doctor` prints."""
    near = request.remote_addr in {"127.0.0.1", "::1"} and not any(name in request.headers for name in FORWARDED)
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not near and not hmac.compare_digest(given.encode(), metrics_token().encode()):
        raise NotFound
    lines = []
    for name, table in (("jobs", jobs.Job), ("deliveries", Delivery), ("incoming", Incoming)):
        lines.append(f"# TYPE quartier_{name} gauge")
        states = leases.counts(table).items()
        lines += [f'quartier_{name}{{state="{state}"}} {number}' for state, number in states]
    lines += ["# TYPE quartier_dead_servers gauge", f"quartier_dead_servers {traffic.outlook().dead}"]
    for name in ("account", "membership", "post"):
        number = db.session.scalar(select(func.count()).select_from(db.metadata.tables[name]))
        lines += [f"# TYPE quartier_{name}s gauge", f"quartier_{name}s {number}"]
    return Response("\n".join(lines) + "\n", mimetype="text/plain; version=0.0.4")


def metrics_token() -> str:
    """The token under which figures can be read from another machine."""
    return secrets.mark("metrics", "token")[:32]


@bp.get("/sw.js")
def service_worker() -> ResponseReturnValue:
    """The service worker, at the root so that it serves the whole site."""
    answer = send_from_directory(f"{current_app.root_path}/static/js", "sw.js", mimetype="text/javascript")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@bp.get("/manifest.webmanifest")
def manifest() -> ResponseReturnValue:
    """What a phone needs to install the pages."""
    answer = make_response(render_template("manifest.webmanifest"))
    answer.mimetype = "application/manifest+json"
    answer.headers["Cache-Control"] = "public, max-age=3600"
    return answer


@bp.get("/offline")
def offline() -> ResponseReturnValue:
    """Shown by the service worker when there is no network."""
    answer = make_response(render_template("offline.html", bare=True))
    answer.headers["Cache-Control"] = "public, max-age=3600"
    return answer
