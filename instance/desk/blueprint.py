"""The pages of the desk hang on this."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("desk", __name__)
