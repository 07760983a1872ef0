"""create_app: binds settings, secrets, database, rooms and reactions; the only file that knows them all."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from flask_babel import gettext, ngettext
from werkzeug.middleware.proxy_fix import ProxyFix

from instance import chrome, reactions
from instance.accounts import follows, second_factor
from instance.accounts import session as accounts_session
from instance.core import bus, facts, i18n, jobs, secrets, storage, web
from instance.core.db import db, prepare_engine
from instance.core.logs import set_up_logs
from instance.core.paths import shipped
from instance.desk import uploads
from instance.fediverse import binding, callers
from instance.media import elsewhere
from instance.media import service as media
from instance.pages import service as pages
from instance.peers import deliveries, incoming
from instance.posts import pictures
from instance.quartiers import outsiders, roles
from instance.settings import Settings, load

MAX_FORM_BYTES = 70 * 1024 * 1024  # four pictures of 16 MiB and the words around them


def create_app(settings: Settings | None = None) -> Flask:
    """The city as a WSGI application. Makes the data folder and the secrets if they are missing."""
    settings = settings or load()
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o750)
    secrets.unlock(secrets.read_or_make(settings.secret_file), secrets.read_or_make(settings.pepper_file))
    app = Flask("instance", instance_path=str(settings.data_dir), template_folder=str(shipped("templates")))
    app.request_class = uploads.InConfidence
    app.extensions["quartier"] = settings
    _configure(app, settings)
    set_up_logs(app, settings)
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
    storage.bind(settings)
    bus.bind(settings)
    i18n.bind(app, settings.timezone.key)
    accounts_session.bind(app)
    web.bind(app)
    media.register_gate(callers.may_read)
    elsewhere.register_partners(pictures.asks_by_name, pictures.fresh_address)
    second_factor.register_need(roles.need_second_factor)
    follows.register_gate(outsiders.may_know)
    follows.register_gate(pages.may_know)
    media.register_changed(pictures.redraw)
    _bind_jobs(settings)
    binding.bind(app, settings)
    for blueprint in chrome.BLUEPRINTS:
        app.register_blueprint(blueprint)
    chrome.bind(app, settings)
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _configure(app: Flask, settings: Settings) -> None:
    secure = settings.base_url.startswith("https")
    app.config.update(
        SECRET_KEY=secrets.key("session").hex(),
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(settings),
        SESSION_COOKIE_NAME="ql_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(days=accounts_session.DAYS),
        MAX_CONTENT_LENGTH=MAX_FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # web.Forms looks at Origin instead: a page may keep its own address to itself
        PREFERRED_URL_SCHEME="https" if secure else "http",
        RATELIMIT_ENABLED=settings.rate_limits,
        RATELIMIT_STORAGE_URI="memory://",  # what can be guessed is counted in the database; Redis may be away
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=365),
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(_=gettext, gettext=gettext, ngettext=ngettext)


def _engine_options(settings: Settings) -> dict[str, object]:
    # A fault in the log names no value; the connection used last is used next: what it has learnt is still warm.
    common = {"hide_parameters": True, "pool_use_lifo": True}
    if settings.is_sqlite:
        return {"pool_size": 32, "max_overflow": 32, **common}
    return {"pool_size": 10, "max_overflow": 22, **common}


def _bind_jobs(settings: Settings) -> None:
    jobs.board.tasks = reactions.TASKS
    jobs.board.reactions = reactions.REACTIONS
    jobs.board.revive = facts.revive
    jobs.board.wait = settings.wait
    jobs.board.lanes = (incoming.lane, deliveries.lane)
    jobs.board.errands = reactions.ERRANDS
