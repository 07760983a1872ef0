"""The account pages, by subject: this page only gathers them for chrome.py."""

from instance.accounts import login_web
from instance.accounts.blueprint import bp

__all__ = ["bp", "login_web"]
