"""Logs: method, route pattern, status and time; never a query, a body, a token or a person's address."""

from __future__ import annotations

import json
import logging
import sys
import time

from flask import Flask, Response, g, request

from instance.settings import Settings


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {"at": self.formatTime(record), "level": record.levelname, "text": record.getMessage()}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def set_up_logs(app: Flask, settings: Settings) -> None:
    """One line per request on standard error, as text or JSON (QL_LOG_FORMAT)."""
    handler = logging.StreamHandler(sys.stderr)
    text = logging.Formatter("%(asctime)s %(levelname)s %(message)s")
    handler.setFormatter(_Json() if settings.log_format == "json" else text)
    log = logging.getLogger("quartier")
    log.handlers[:] = [handler]
    log.setLevel(logging.INFO)
    log.propagate = False
    app.logger.handlers[:] = [handler]
    app.logger.propagate = False
    app.before_request(_start)
    app.after_request(_line)


def _start() -> None:
    g.started = time.perf_counter()


def _line(answer: Response) -> Response:
    if request.endpoint not in {"static", "house.health"}:
        spent_ms = (time.perf_counter() - g.get("started", time.perf_counter())) * 1000
        rule = request.url_rule.rule if request.url_rule else "-"
        logging.getLogger("quartier").info("%s %s %s %.0f ms", request.method, rule, answer.status_code, spent_ms)
    return answer
