#!/usr/bin/env python3
"""Packs the console's files into one blob that the linker takes in.

pack_assets.py DIST OUT: OUT = for each file: path\\0 type\\0 immutable(0|1) size(8 bytes LE) bytes.
"""
import pathlib
import struct
import sys

TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
         ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".png": "image/png", ".ico": "image/x-icon",
         ".json": "application/json", ".woff2": "font/woff2", ".woff": "font/woff", ".txt": "text/plain"}


def main() -> None:
    dist, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    blob = bytearray()
    if dist.is_dir():
        for path in sorted(p for p in dist.rglob("*") if p.is_file()):
            name = "/" + path.relative_to(dist).as_posix()
            kind = TYPES.get(path.suffix, "application/octet-stream")
            hashed = b"1" if name.startswith("/assets/") else b"0"
            data = path.read_bytes()
            blob += name.encode() + b"\0" + kind.encode() + b"\0" + hashed + struct.pack("<Q", len(data)) + data
    out.write_bytes(bytes(blob))


if __name__ == "__main__":
    main()
