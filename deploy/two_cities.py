"""`make two-cities`: two towns with adjacent quartiers, each its own instance, federating on loopback until Ctrl-C.

Everything is fictional and lies in a folder that is thrown away at the end; log-ins are printed and made anew.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from deploy import neighbours
from deploy.neighbours import ADMIN, EDITOR, PAGE, PAGE_NAME

ROOT = Path(__file__).resolve().parents[1]
START_S = 90
PORTS = range(12_000, 32_000)  # below those that Linux gives away
SIDE = 0.01  # of a quartier, in degrees
ROLES = ("moderator", "referent")  # of the first and of the second person
# Several commands in one process: most of the time of a command is its start.
EACH = (
    "import json, sys; from instance.cli import main; "
    "[main(one, standalone_mode=False) for one in json.loads(sys.argv[1])]"
)


SERVE = (
    "import sys; from datetime import timedelta; from instance.core import clock; "
    "clock.shift(timedelta(minutes=int(sys.argv.pop(1)))); from instance.cli import main; main()"
)


HELP = """Each town in a browser of its own: cookies know no ports. La Tannerie touches Le Port au Sel, as agreed.
  A lost cat      as salma, write, « Perdu ou trouvé », « Quartier et voisins »: the page before sending names who will
                  read. It stands on bruno's wall at once; his answer comes back, with his quartier and town beside it.
  Only at home    the same for « La Tannerie seulement »: nothing of it leaves {here.plan.name}.
  An enquiry      {here.url}/pages/{page}: its article stands on both walls. An answer stays in its quartier unless
                  « Répondre publiquement » is ticked. As odile, « Info à la rédaction »; as noor, read it at
                  {here.url}/pages/{page}/bureau/infos.
  The agreement   as lou_admin, {here.url}/admin/accords: suspend it, and look at both walls.
  Who is there    {here.url}/annuaire
  The passage     as salma, {here.url}/moderation/voisins: cut La Tannerie off, open it again.
  Around          what salma writes for « Visible partout » stands under « Autour » beside bruno's wall.
  Subscriptions   as ines, {there.url}{there.home_wall}/pages: ask for a page; as bruno, agree at
                  {there.url}/moderation/abonnements.
  Just following  as salma, Suivis, « Chercher une personne ou un groupe »: @le-port-au-sel@127.0.0.1:{there.port}.
                  That needs no agreement, and brings what is said to everybody.
Ctrl-C ends both and throws them away.
"""


@dataclass(frozen=True)
class Plan:
    """A town to be: its quartiers from west to east, beginning at longitude `west`, and who lives in one of them."""

    name: str
    west: float
    quartiers: tuple[str, ...]
    people: tuple[tuple[str, str], ...]  # handle, name
    home: int  # which of the quartiers they live in
    has_page: bool = False  # a newsroom of no quartier speaks from here


# The last quartier of the one town and the first of the other share a border; their residents live there.
PLANS = (
    Plan(
        "Aubrive",
        3.00,
        ("Le Pont Vieux", "La Tannerie"),
        (("salma", "Salma Bensaïd"), ("odile", "Odile Marchand")),
        1,
        has_page=True,
    ),
    Plan(
        "Roncelles", 3.02, ("Le Port au Sel", "Les Vergers"), (("bruno", "Bruno Leclerc"), ("ines", "Inès Dufour")), 0
    ),
)


@dataclass
class Town:
    """A running instance."""

    plan: Plan
    folder: Path
    port: int
    allow: str
    database_url: str = ""  # empty: SQLite in its folder
    ahead_min: int = 0  # by which its clock is wrong
    password: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def env(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("QL_")}
        return kept | {
            "QL_DATA_DIR": str(self.folder / "data"), "QL_BASE_URL": self.url, "QL_NAME": self.plan.name,
            "QL_OPERATOR": f"Les Voisins de {self.plan.name}", "QL_FETCH_ALLOW": self.allow,
            "QL_DATABASE_URL": self.database_url, "QL_FAST_RETRY": "1", "QL_RATE_LIMITS": "off",
            "QL_ROLES_NEED_SECOND_FACTOR": "off",
        }  # fmt: skip

    @property
    def home_name(self) -> str:
        """The quartier in which everybody lives."""
        return self.plan.quartiers[self.plan.home]

    @property
    def home_wall(self) -> str:
        """Its address."""
        return "/q/" + self.home_name.lower().replace(" ", "-")

    def run(self, *words: str) -> str:
        """What a command of this town prints."""
        return self.run_each(words)

    def run_each(self, *commands: Sequence[str]) -> str:
        """What these commands of this town print, one after the other. Raises `SystemExit` at the first that fails."""
        line = [sys.executable, "-c", EACH, json.dumps(commands)]
        done = subprocess.run(line, env=self.env, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            words = ", ".join(" ".join(one[:2]) for one in commands)
            raise SystemExit(f"{self.plan.name}: quartier {words}: {done.stderr.strip()}")
        return done.stdout.strip()

    def settle(self) -> None:
        """Quartiers, residents, two of them with a role, and an admin who lives nowhere."""
        (self.folder / "data").mkdir(parents=True)
        outlines = self.folder / "quartiers.geojson"
        outlines.write_text(json.dumps(_outlines(self.plan)))
        code = _code(self.plan, self.plan.home)
        people = [
            ("resident", "add", handle, "--name", name, "--email", f"{handle}@example.org",
             "--password", self.password, "--quartier", code, "--role", ROLES[min(number, 1)])
            for number, (handle, name) in enumerate(self.plan.people)
        ]  # fmt: skip
        admin = (
            "resident", "add", ADMIN, "--name", "Lou Garnier", "--email", f"{ADMIN}@example.org", "--password",
            self.password, "--quartier", "", "--role", "admin",
        )  # fmt: skip
        ground = [("migrate",), ("import", "quartiers", str(outlines)), ("quartier", "open", code)]
        self.run_each(*ground, *people, admin, *(self._newsroom() if self.plan.has_page else ()))

    def _newsroom(self) -> list[tuple[str, ...]]:
        """Commands that make a media page and the journalist who speaks for it."""
        return [
            ("resident", "add", EDITOR, "--name", "Noor Haddad", "--email", f"{EDITOR}@example.org", "--password",
             self.password, "--quartier", ""),
            ("page", "add", PAGE, "--kind", "media", "--name", PAGE_NAME, "--editor", EDITOR, "--about",
             "Trois journalistes, sans actionnaire.", "--funding", "Les abonnements des lecteurs.", "--contact",
             "Boîte aux lettres : 3, quai du Sel"),
        ]  # fmt: skip

    def start(self) -> None:
        """Serve, and wait for the first answer."""
        with (self.folder / "log").open("ab") as log:
            command = [sys.executable, "-c", SERVE, str(self.ahead_min), "serve", "--port", str(self.port)]
            self.process = subprocess.Popen(command, env=self.env, stdout=log, stderr=log)
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(f"{self.url}/health", timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                if self.process.poll() is not None:
                    break
                time.sleep(0.1)
        raise SystemExit(f"{self.plan.name} does not answer:\n{(self.folder / 'log').read_text()}")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)


def _code(plan: Plan, number: int) -> str:
    return f"{plan.name[:3].upper()}{number + 1}"


def _outlines(plan: Plan) -> dict[str, object]:
    features = []
    for number, name in enumerate(plan.quartiers):
        west, south = round(plan.west + number * SIDE, 4), 47.0
        east, north = round(west + SIDE, 4), south + SIDE
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        features.append(
            {
                "type": "Feature", "properties": {"code": _code(plan, number), "nom": name},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )  # fmt: skip
    return {"type": "FeatureCollection", "features": features}


@contextmanager
def two_cities(
    more_hosts: Sequence[str] = (), *, linked: bool = False, database_url: str = "", ahead_min: int = 0
) -> Iterator[tuple[Town, Town]]:
    """Both towns, running; stopped and thrown away at the end. They may reach each other and `more_hosts`.

    `linked`: they have signed an agreement, their quartiers that touch follow each other, and the first one's page has
    said something to both. The second one's database is at `database_url`, if that is given, and its clock `ahead_min`
    minutes ahead.
    """
    with tempfile.TemporaryDirectory() as folder:
        ports = free_ports(2)
        allow = ",".join([*(f"127.0.0.1:{port}" for port in ports), *more_hosts])
        towns = [
            Town(plan, Path(folder) / plan.name, port, allow, url, ahead)
            for plan, port, url, ahead in zip(PLANS, ports, ("", database_url), (0, ahead_min), strict=True)
        ]
        try:
            with ThreadPoolExecutor(len(towns)) as pool:
                list(pool.map(Town.settle, towns))
                list(pool.map(Town.start, towns))
            if linked:
                neighbours.sign(towns[0], towns[1])
                neighbours.speak(towns[0], towns[1])
            yield towns[0], towns[1]
        finally:
            with ThreadPoolExecutor(len(towns)) as pool:
                list(pool.map(Town.stop, towns))


def free_ports(number: int) -> list[int]:
    """Ports of loopback that nobody holds. A town takes a while to come up: they are none of those that the system
    gives to whoever asks for any, or for a line to somewhere else."""
    found: list[int] = []
    while len(found) < number:
        port = PORTS.start + secrets.randbelow(len(PORTS))
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            if port not in found:
                found.append(port)
    return found


def main() -> None:
    """Start both, say where they are, wait for Ctrl-C."""
    say = sys.stdout.write
    say("Two towns are being built; that takes a few seconds.\n")
    sys.stdout.flush()
    for sign in (signal.SIGINT, signal.SIGTERM):  # however it is ended, both towns end with it
        signal.signal(sign, signal.default_int_handler)
    with suppress(KeyboardInterrupt), two_cities(linked=True) as towns:
        for town in towns:
            people = ", ".join([*(handle for handle, _name in town.plan.people), ADMIN])
            people += f", {EDITOR} of {PAGE_NAME}" if town.plan.has_page else ""
            say(f"{town.plan.name:<10} {town.url}  log in as {people}  password {town.password}\n")
        say(HELP.format(here=towns[0], there=towns[1], page=PAGE))
        sys.stdout.flush()
        while True:
            time.sleep(3600)
    say("\n")


if __name__ == "__main__":
    main()
