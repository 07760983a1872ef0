"""Two servers on this machine: `one` follows `two`, is accepted, and receives a note. No network is needed."""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from federation import Door, Federation, Request, activities, documents, memory


class Edge(BaseHTTPRequestHandler):
    def do_GET(self, status=200):
        fed = self.server.fed
        self.send_response(status)
        self.send_header("content-type", "application/activity+json")
        self.end_headers()
        self.wfile.write(documents.dump(fed.documents.get(fed.base_url + self.path, None) or {}))

    def do_POST(self):
        fed, body = self.server.fed, self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): text for name, text in self.headers.items()}
        self.do_GET(fed.receive(Request("POST", fed.base_url + self.path, headers, body)))


def welcome(follow):
    me, it = two.instance_actor, {"id": f"{two.base_url}/1", "type": "Note", "content": "Bienvenue !"}
    for said in (activities.accept(follow.json, id=f"{me}#2", actor=me), activities.create(it, id=f"{me}#3", actor=me)):
        two.send(inbox=two.fetch_actor(follow.actor).inbox, body=documents.dump(said), sender=me)


webs = [ThreadingHTTPServer(("127.0.0.1", 0), Edge) for _ in range(2)]
door = Door([f"127.0.0.1:{web.server_port}" for web in webs])
tables = {("*", "*"): lambda it: sys.stdout.write(f"{it.type} {it.claimed.type}\n")}, {("Follow", "*"): welcome}
for web, table in zip(webs, tables, strict=True):
    web.fed = Federation(**memory.server(f"http://127.0.0.1:{web.server_port}"), table=table, door=door)
    Thread(target=web.serve_forever, daemon=True).start()
one, two = (web.fed for web in webs)
follow = activities.follow(two.instance_actor, id=f"{one.base_url}/1", actor=one.instance_actor)
one.send(inbox=f"{two.base_url}/inbox", body=documents.dump(follow), sender=one.instance_actor)
for fed in (two, one):
    [fed.dispatch(activity) for activity in fed.incoming.taken.values()]
