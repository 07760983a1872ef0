"""Web Push: which devices hear of a notice, and with which words."""

from __future__ import annotations

from instance.notifications.push_sealing import public_key

__all__ = ["public_key"]
