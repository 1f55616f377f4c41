#!/usr/bin/env python3
"""Opens the sandbox's pushes with clients that others wrote: PyPI wechatpy and npm @wecom/crypto.

usage: check_pushes.py <weir_sandbox_pushes binary> <folder for the packages>
Exit 0 = both agree, 1 = one does not, 77 = neither could be installed (skipped).
"""
import json
import pathlib
import subprocess
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree

WECHATPY = "wechatpy==1.8.18"
WECOM_CRYPTO = "@wecom/crypto@1.0.1"
NODE_CHECK = r"""
const crypto = require('@wecom/crypto');
const lines = require('fs').readFileSync(0, 'utf8').trim().split('\n').map(JSON.parse);
let wrong = 0;
for (const p of lines) {
  const opened = crypto.decrypt(p.key, p.encrypted);
  const signature = crypto.getSignature(p.token, p.timestamp, p.nonce, p.encrypted);
  if (opened.message !== p.message || opened.id !== p.id || signature !== p.msg_signature) ++wrong;
}
console.log(`${lines.length - wrong} of ${lines.length} pushes agree`);
process.exit(wrong ? 1 : 0);
"""


def pushes(binary: str) -> list[dict]:
    out = []
    for line in subprocess.run([binary], check=True, capture_output=True, text=True).stdout.splitlines():
        push = json.loads(line)
        query = dict(urllib.parse.parse_qsl(push["query"]))
        push["encrypted"] = ElementTree.fromstring(push["body"]).findtext("Encrypt")
        push.update({name: query[name] for name in ("msg_signature", "timestamp", "nonce")})
        out.append(push)
    return out


def check_with_wechatpy(items: list[dict], folder: pathlib.Path) -> bool | None:
    target = folder / "python"
    installed = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", str(target),
         WECHATPY, "cryptography"], capture_output=True, text=True)
    if installed.returncode != 0:
        print(f"SKIPPED: {WECHATPY} could not be installed")
        return None
    sys.path.insert(0, str(target))
    from wechatpy.crypto import WeChatCrypto
    from wechatpy.enterprise.crypto import WeChatCrypto as WorkCrypto
    wrong = 0
    for p in items:
        maker = WorkCrypto if p["id"].startswith("ww") else WeChatCrypto
        opened = maker(p["token"], p["key"], p["id"]).decrypt_message(
            p["body"], p["msg_signature"], p["timestamp"], p["nonce"])
        wrong += opened != p["message"]
    print(f"wechatpy: {len(items) - wrong} of {len(items)} pushes agree")
    return wrong == 0


def check_with_wecom_crypto(items: list[dict], folder: pathlib.Path) -> bool | None:
    target = folder / "node"
    target.mkdir(parents=True, exist_ok=True)
    installed = subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(target),
                                WECOM_CRYPTO], capture_output=True, text=True)
    if installed.returncode != 0:
        print(f"SKIPPED: {WECOM_CRYPTO} could not be installed")
        return None
    run = subprocess.run(["node", "-e", NODE_CHECK], cwd=target, text=True, capture_output=True,
                         input="\n".join(json.dumps(p) for p in items))
    print(f"@wecom/crypto: {run.stdout.strip()}{run.stderr.strip()[-500:]}")
    return run.returncode == 0


def main() -> int:
    items = pushes(sys.argv[1])
    folder = pathlib.Path(sys.argv[2])
    results = [check_with_wechatpy(items, folder), check_with_wecom_crypto(items, folder)]
    if False in results:
        return 1
    return 0 if True in results else 77


if __name__ == "__main__":
    sys.exit(main())
