#!/usr/bin/env python3
"""Waits (bounded) until the loop has turned once: a message was accepted and an input was quarantined."""
import json
import sys
import time
import urllib.request

URL, TOKEN = sys.argv[1], sys.argv[2]


def call(method: str, path: str, body=None):
    request = urllib.request.Request(URL + path, method=method, data=body and json.dumps(body).encode(),
                                     headers={"Authorization": "Bearer " + TOKEN, "Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def main() -> int:
    # An event without a name is refused and kept: the quarantine page has something to show.
    bad = urllib.request.Request(URL + "/v1/track", method="POST", data=b'{"userId":"e2e","type":"track"}',
                                 headers={"Authorization": "Basic ZGVtby1zaG9wLWJhY2tlbmQ6"})
    try:
        urllib.request.urlopen(bad, timeout=10).read()
    except urllib.error.HTTPError:
        pass
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        o = call("GET", "/api/overview")
        if o["messages"]["sent"] > 0 and o["quarantined_total"] > 0 and o["merges_total"] > 0:
            print(f"loop turned: {o['messages']}, {o['profiles_total']} people")
            return 0
        time.sleep(1)
    print(f"the loop did not turn within 240 s: {json.dumps(o)[:2000]}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
