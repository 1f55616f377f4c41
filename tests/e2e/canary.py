#!/usr/bin/env python3
"""No personal data in clear, anywhere (RELIABILITY L12, L18): plants unique markers through every way in,
then scans the data directory, the logs and /metrics byte by byte; shows that the console can reveal them;
erases the person and shows that nothing can.

canary.py URL TOKEN DEMO_DIR
"""
import json
import pathlib
import sys
import time
import urllib.error
import urllib.request
import uuid

URL, TOKEN, DIR = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
PHONE, NAME, STREET, CHAT = "13912340917", "钱塘漱玉", "栖霞岭九曲巷四十七号", "帮我留一件雨过天青的披肩"
EMAIL = "shuyu.canary.0917@example.cn"
# Message ids of an earlier run would be duplicates. Letters only: the quarantine masks seven digits in a row.
RUN = "".join(chr(ord("a") + int(digit, 16)) for digit in uuid.uuid4().hex[:8])
USER = "canary-" + RUN
MARKERS = [PHONE, NAME, STREET, CHAT, EMAIL]


def call(method: str, path: str, body=None, headers=None):
    request = urllib.request.Request(
        URL + path, method=method, data=None if body is None else json.dumps(body).encode(),
        headers=headers or {"Authorization": "Bearer " + TOKEN, "Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read().decode()
            return answer.status, json.loads(text) if text.startswith(("{", "[")) else text
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def plant() -> None:
    key = {"Authorization": "Basic ZGVtby1zaG9wLWJhY2tlbmQ6", "Content-Type": "application/json"}
    batch = [
        {"type": "identify", "userId": USER, "messageId": RUN + "a",
         "traits": {"phone": PHONE, "name": NAME, "email": EMAIL, "address": {"street": STREET, "city": "杭州"}}},
        {"type": "track", "userId": USER, "messageId": RUN + "b", "event": "service_chat",
         "properties": {"content": CHAT, "contact": {"mobile": PHONE, "deep": [{"mail": EMAIL}]}, "note": "call " + PHONE}},
        # Refused (no event name): kept in quarantine, sealed.
        {"type": "track", "userId": USER, "messageId": RUN + "c", "properties": {"phone": PHONE, "name": NAME}},
        {"type": "track", "userId": "bystander-" + RUN, "messageId": RUN + "d", "properties": {"name": NAME}},
    ]
    status, answer = call("POST", "/v1/batch", {"batch": batch}, key)
    assert status == 200, (status, answer)
    call("POST", "/v1/track", {"broken": PHONE}, key)


def hits() -> list[str]:
    found = []
    for path in sorted(p for p in DIR.rglob("*") if p.is_file()):
        try:
            data = path.read_bytes()
        except FileNotFoundError:  # a store replaced it meanwhile; its successor is scanned too
            continue
        found += [f"{path}: {m}" for m in MARKERS if m.encode() in data]
    _, metrics = call("GET", "/metrics")
    found += [f"/metrics: {m}" for m in MARKERS if m in metrics]
    return found


def waiting() -> dict:
    """What the quarantine holds of this run, by the words its masked payload still shows."""
    _, page = call("GET", "/api/quarantine?limit=100")
    items = {i["id"]: i["payload"] or "" for i in page["items"]}
    return {
        "hers": [i for i, text in items.items() if USER in text],
        "by phone": [i for i, text in items.items() if '"broken"' in text],
        "bystander": [i for i, text in items.items() if "bystander-" + RUN in text],
    }


def find_person(value: str):
    _, answer = call("GET", "/api/profiles?query=" + urllib.request.quote(value))
    return answer["profiles"]


def main() -> int:
    plant()
    deadline = time.monotonic() + 20
    while not find_person(PHONE) and time.monotonic() < deadline:
        time.sleep(0.2)
    people = find_person(PHONE)
    assert len(people) == 1, f"looked up by phone: {people}"
    profile = people[0]["profile_id"]
    assert find_person(USER)[0]["profile_id"] == profile
    status, person = call("GET", f"/api/profiles/{profile}")
    shown = json.dumps(person, ensure_ascii=False)
    assert not any(m in shown for m in MARKERS), "the profile page shows personal values unmasked"
    _, timeline = call("GET", f"/api/profiles/{profile}/timeline")
    assert not any(m in json.dumps(timeline, ensure_ascii=False) for m in MARKERS)
    before = waiting()
    while not all(before.values()) and time.monotonic() < deadline:  # they come behind her in the log
        time.sleep(0.2)
        before = waiting()
    assert all(before.values()), f"refused inputs are missing: {before}"
    status, quarantine = call("GET", "/api/quarantine?limit=20")
    assert PHONE not in json.dumps(quarantine, ensure_ascii=False), "quarantine shows a phone number"

    time.sleep(7)  # one checkpoint of the demo (5 s): state and parts are on disk
    found = hits()
    assert not found, "personal data in clear: " + "; ".join(found[:5])

    status, revealed = call("POST", f"/api/profiles/{profile}/reveal", {"trait": "phone"})
    assert status == 200 and revealed["value"] == PHONE, (status, revealed)
    status, erased = call("POST", f"/api/profiles/{profile}/erase", {"reason": "canary test"})
    assert status == 200, (status, erased)
    # Refused inputs belong to nobody, but what mentions her goes with her; what does not, stays.
    assert erased["quarantine_items"] == len(before["hers"]) + len(before["by phone"]), erased
    after = waiting()
    assert after == {"hers": [], "by phone": [], "bystander": before["bystander"]}, after
    for item in before["hers"] + before["by phone"]:
        status, answer = call("POST", f"/api/quarantine/{item}/replay")
        assert status == 404, (status, answer)
    assert not find_person(PHONE) and not find_person(USER)
    assert call("GET", f"/api/profiles/{profile}")[0] == 404
    assert call("POST", f"/api/profiles/{profile}/reveal", {"trait": "phone"})[0] == 404
    found = hits()
    assert not found, "after erasing: " + "; ".join(found[:5])
    print(f"canary: {len(MARKERS)} markers, 0 found in {sum(1 for p in DIR.rglob('*') if p.is_file())} files; erased {profile}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
