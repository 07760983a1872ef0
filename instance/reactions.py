"""The switchboard: what follows from a fact, and which task a job row names. Nobody else says who reacts."""

from __future__ import annotations

from collections.abc import Sequence

from instance.core import jobs
from instance.core.jobs import Reaction, Task

REACTIONS: dict[str, Sequence[Reaction]] = {
    "fact:NewDevice": [],
    "fact:ResetAsked": [],
    "fact:ResidentVerified": [],
    "fact:QuartierOpened": [],
    "fact:ResidentLeft": [],
    "fact:RoleGiven": [],
}

TASKS: dict[str, Task] = {
    "forget_done": jobs.forget_done,
}

# Run by the clock: task → seconds between two runs. The worker puts one job row per period.
PERIODIC: dict[str, int] = {
    "forget_done": 86_400,
}
