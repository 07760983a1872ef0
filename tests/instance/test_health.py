"""The process says that it is up."""

from flask import Flask


def test_health_answers_without_a_database_question(app: Flask) -> None:
    answer = app.test_client().get("/health")

    assert (answer.status_code, answer.text) == (200, "ok\n")
