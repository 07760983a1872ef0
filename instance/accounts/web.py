"""The account pages, by subject: this page only gathers them for chrome.py."""

from instance.accounts import (
    blocks_web,
    data_web,
    login_web,
    moves_web,
    outside_web,
    password_web,
    second_factor_web,
    second_step_web,
    security_web,
    settings_web,
)
from instance.accounts.blueprint import bp

__all__ = [
    "blocks_web", "bp", "data_web", "login_web", "moves_web", "outside_web", "password_web", "second_factor_web",
    "second_step_web", "security_web",
    "settings_web",
]  # fmt: skip
