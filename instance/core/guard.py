"""Sees that the server lives: what the top process of `quartier serve|web|stream` is once it has started it.

`take_over()` runs this very file in the place of the process that loaded the city and forked the server: the same
number, the same child, and nothing of the city in memory (docs/decisions/0023). So it imports these few modules alone,
and what it says stands in no catalogue.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import NoReturn

LOOKS = 24  # how often it looks in the time after which a silent server counts as hung
GIVES_UP = {3, 4}  # gunicorn's exit codes for a server that could not start: another try would end alike
HEARD = {signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGCHLD}
ENDINGS = {signal.SIGTERM, signal.SIGINT, signal.SIGQUIT}
HANDED_ON = 3  # the first descriptor after the three of every process, as systemd hands sockets on


def take_over(server: int, beat: int, listener: int, stop_s: float, hung_s: float) -> NoReturn:
    """Become the guard of `server`, a child; HEARD are blocked, so that what is told meanwhile waits.

    `beat` is the file that the server touches while it lives; `listener` stays open, so that who connects while a new
    server starts waits instead of being refused.
    """
    for each in (beat, listener):
        os.set_inheritable(each, True)
    numbers = [str(number) for number in (server, beat, listener, stop_s, hung_s)]
    os.execv(sys.executable, [sys.executable, "-I", "-S", __file__, *numbers, *sys.orig_argv[1:]])


def is_handed_on() -> bool:
    """Whether this process was given its open port, by a guard or by systemd."""
    return os.environ.get("LISTEN_PID") == str(os.getpid())


def watch(server: int, beat: int, stop_s: float, hung_s: float) -> int | None:
    """Until the server has ended: the exit code of the whole tree, or None where it shall be started again."""
    while True:
        heard = signal.sigtimedwait(HEARD, hung_s / LOOKS)
        told = heard.si_signo if heard else None
        if told in ENDINGS:
            end(server, told == signal.SIGTERM, stop_s)
            return 0
        if told == signal.SIGHUP:
            is_told_to_end = end(server, True, stop_s)
            return 0 if is_told_to_end else None
        code = ended(server)
        if code in GIVES_UP:
            return code
        if code is not None:
            _log(f"the server ended with {code} and is started again")
            return None
        if is_hung(beat, hung_s):
            _log(f"the server gave no sign of life for {hung_s:.0f} s and is killed")
            os.kill(server, signal.SIGKILL)


def end(server: int, is_gentle: bool, stop_s: float) -> bool:
    """Let the server finish what it answers, for at most `stop_s`; not gently, it ends at once.

    True where somebody asked meanwhile that everything ends.
    """
    told: set[int] = set()
    limit = time.monotonic() + stop_s
    os.kill(server, signal.SIGTERM if is_gentle else signal.SIGQUIT)
    while ended(server) is None:
        left = limit - time.monotonic()
        if left <= 0:
            os.kill(server, signal.SIGKILL)
            os.waitpid(server, 0)
            break
        if heard := signal.sigtimedwait(HEARD, left):
            told.add(heard.si_signo)
            if heard.si_signo in {signal.SIGINT, signal.SIGQUIT}:
                os.kill(server, signal.SIGQUIT)
    return bool(told & ENDINGS)


def ended(server: int) -> int | None:
    """The server's exit code once it has ended (minus a signal's number); in a container orphans are buried too."""
    while True:
        child, status = os.waitpid(-1, os.WNOHANG)
        if child == server:
            return os.waitstatus_to_exitcode(status)
        if not child:
            return None


def is_hung(beat: int, hung_s: float) -> bool:
    """gunicorn's server writes the clock into the time of its file; until it first does, a date stands there."""
    return time.monotonic() - os.fstat(beat).st_mtime > hung_s


def start_again(listener: int, command: list[str]) -> NoReturn:
    """The whole command anew, with today's code and settings, on the port that stayed open.

    HEARD stay blocked until the next guard listens: an end asked for meanwhile is no accident, a second SIGHUP no end.
    """
    os.dup2(listener, HANDED_ON)
    if listener != HANDED_ON:
        os.close(listener)
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
    os.execv(sys.executable, [sys.executable, *command])


def _log(sentence: str) -> None:
    sys.stderr.write(f"quartier: {sentence}\n")
    sys.stderr.flush()


def main() -> NoReturn:
    """As `take_over()` calls it."""
    server, beat, listener = (int(word) for word in sys.argv[1:4])
    code = watch(server, beat, float(sys.argv[4]), float(sys.argv[5]))
    if code is not None:
        sys.exit(code)
    os.close(beat)
    start_again(listener, sys.argv[6:])


if __name__ == "__main__":
    main()
