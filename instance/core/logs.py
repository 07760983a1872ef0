"""Logs: method, route pattern, status and time; never a query, a body, a token or a person's address."""

from __future__ import annotations

import json
import logging
import sys
import time
import traceback
from typing import Any

from flask import Flask, Response, g, request

from instance.settings import Settings


def trace(error: BaseException | None) -> str:
    """Where it went wrong, through all causes: places and kinds of faults. Their messages quote what people typed."""
    told = []
    while error is not None:
        told.append("".join(traceback.format_tb(error.__traceback__)) + type(error).__qualname__)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n\n".join(reversed(told))


def without_addresses(record: logging.LogRecord) -> bool:
    """Filter for the server below: it would write down addresses of people and of pages with their queries."""
    if record.args and str(record.msg).startswith("Error handling request"):
        record.msg, record.args = "Error handling a request", ()
    elif str(record.msg).startswith("Invalid request"):
        record.msg, record.args = "Invalid request", ()
    if record.exc_info:
        record.exc_text = trace(record.exc_info[1])
    return True


class _Text(logging.Formatter):
    def formatException(self, ei: Any) -> str:  # noqa: N802  the name is logging's
        return trace(ei[1])


class _Json(_Text):
    def format(self, record: logging.LogRecord) -> str:
        line = {"at": self.formatTime(record), "level": record.levelname, "text": record.getMessage()}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def set_up_logs(app: Flask, settings: Settings) -> None:
    """One line per request on standard error, as text or JSON (QL_LOG_FORMAT)."""
    handler = logging.StreamHandler(sys.stderr)
    text = _Text("%(asctime)s %(levelname)s %(message)s")
    handler.setFormatter(_Json() if settings.log_format == "json" else text)
    log = logging.getLogger("quartier")
    log.handlers[:] = [handler]
    log.setLevel(logging.INFO)
    log.propagate = False
    app.logger.handlers[:] = [handler]
    app.logger.propagate = False
    logging.getLogger("gunicorn.error").addFilter(without_addresses)
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
