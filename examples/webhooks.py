"""Receive webhooks: WEBHOOK_SECRET=whsec_… python webhooks.py PORT."""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        name, at = self.headers["webhook-id"], self.headers["webhook-timestamp"]
        mac = hmac.digest(KEY, f"{name}.{at}.".encode() + body, hashlib.sha256)
        good = b"v1," + base64.b64encode(mac)
        given = self.headers.get("webhook-signature", "").split()  # one for each secret
        if not any(hmac.compare_digest(good, each.encode()) for each in given):
            self.send_error(401)
        elif abs(time.time() - int(at)) > 300:  # somebody plays an old one again
            self.send_error(400)
        else:
            event = json.loads(body)
            # Keep `name` with what you do: a webhook that comes twice has the same one.
            print(f"{event['type']} {json.dumps(event['data'])}", flush=True)
            self.send_response(204)
            self.end_headers()


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
