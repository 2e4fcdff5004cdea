#!/usr/bin/env python3
"""An example peer for the DAVE conformance runner, in Python's standard library alone.

It speaks peer protocol 1: a JSON object a line on stdin, an answer a line on stdout. It knows the hash ratchet,
the frame trailer, three codecs and the codes people compare; everything else it answers with "unsupported", which the
runner reports as not supported. Run it with

    npm run conformance -- run --peer "python3 examples/peer.py"
"""

import hashlib
import hmac
import json
import sys



class Unsupported(Exception):
    """Something this peer lacks."""


# -- K2: the RFC 9420 hash ratchet ---------------------------------------------------------------------------------


def expand_with_label(secret: bytes, label: bytes, context: bytes, length: int) -> bytes:
    label = b"MLS 1.0 " + label
    info = length.to_bytes(2, "big") + bytes([len(label)]) + label + bytes([len(context)]) + context
    return hmac.digest(secret, info + b"\x01", "sha256")[:length]  # one block: at most 32 bytes are asked for


def ratchet_keys(request):
    secret, keys = bytes.fromhex(request["base_secret"]), {}
    wanted = set(request["generations"])
    for generation in range(max(wanted, default=-1) + 1):
        context = generation.to_bytes(4, "big")
        if generation in wanted:
            keys[str(generation)] = expand_with_label(secret, b"key", context, 16).hex()
        secret = expand_with_label(secret, b"secret", context, 32)
    return {"keys": keys}


# -- F2, F3, F5: the trailer -----------------------------------------------------------------------------------------


def read_uleb128(data: bytes, at: int):
    value = 0
    for index in range(10):
        if at + index >= len(data):
            return None
        value |= (data[at + index] & 0x7F) << (7 * index)
        if data[at + index] < 0x80:
            return (value, at + index + 1) if value < 2**53 else None
    return None


def parse_frame(request):
    frame = bytes.fromhex(request["frame"])
    if len(frame) < 12 or frame[-2:] != b"\xfa\xfa" or not 12 <= frame[-3] <= len(frame):
        return {"is_encrypted": False}
    media, fields = frame[: len(frame) - frame[-3]], frame[len(frame) - frame[-3] + 8 : -3]
    numbers, at = [], 0
    while at < len(fields):
        found = read_uleb128(fields, at)
        if found is None:
            return {"is_encrypted": False}
        number, at = found
        numbers.append(number)
    if len(numbers) % 2 == 0:  # a nonce, then pairs
        return {"is_encrypted": False}
    ranges, end, clear, ciphertext = list(zip(numbers[1::2], numbers[2::2])), 0, b"", b""
    for offset, length in ranges:
        if offset < end or offset + length > len(media):
            return {"is_encrypted": False}
        ciphertext += media[end:offset]
        clear += media[offset : offset + length]
        end = offset + length
    return {
        "is_encrypted": True,
        "tag": frame[len(media) : len(media) + 8].hex(),
        "nonce": numbers[0] & 0xFFFFFFFF,
        "ranges": ranges,
        "authenticated": clear.hex(),
        "ciphertext": (ciphertext + media[end:]).hex(),
    }


# -- C1, C2: what stays clear ----------------------------------------------------------------------------------------


def process_frame(request):
    codec, frame = request["codec"], bytes.fromhex(request["frame"])
    if codec not in ("opus", "vp9", "vp8", "unknown"):
        raise Unsupported(codec)
    count = 0
    if codec == "vp8" and frame:
        count = 1 if frame[0] & 1 else 10
        count = count if count <= len(frame) else 0
    ranges = [[0, count]] if count else []
    clear, rest = frame[:count].hex(), frame[count:].hex()
    return {"unencrypted_ranges": ranges, "unencrypted": clear, "encrypted": rest, "transformed": frame.hex()}


# -- V1, V2: codes to compare ----------------------------------------------------------------------------------------


def displayable_code(request):
    data, length, group = bytes.fromhex(request["data"]), request["length"], request["group"]
    if not 0 < group < 8 or length % group or length > len(data):
        return {"code": None}
    parts = range(0, length, group)
    return {"code": "".join(str(int.from_bytes(data[at : at + group], "big") % 10**group).zfill(group) for at in parts)}


def pairwise_fingerprint(request):
    def side(key, user):
        return bytes(2) + bytes.fromhex(request[key]) + int(request[user]).to_bytes(8, "big")

    both = sorted([side("public_key", "user_id"), side("other_public_key", "other_user_id")])
    salt = bytes.fromhex("24cab17a7af8ec2b82b412b92dab192e")
    made = hashlib.scrypt(b"".join(both), salt=salt, n=16384, r=8, p=2, dklen=64, maxmem=64 * 1024 * 1024)
    return {"fingerprint": made.hex()}


COMMANDS = {
    "version": lambda _: {"name": "example.py", "version": "1", "max_supported_protocol_version": 1},
    "ratchet.keys": ratchet_keys,
    "parse_frame": parse_frame,
    "process_frame": process_frame,
    "verify.displayable_code": displayable_code,
    "verify.pairwise_fingerprint": pairwise_fingerprint,
}


def answer(line: str):
    request = json.loads(line)
    echo = {"id": request["id"]} if "id" in request else {}
    try:
        if request.get("command") not in COMMANDS:
            raise Unsupported(request.get("command"))
        return {**echo, "ok": True, **COMMANDS[request["command"]](request)}
    except Unsupported:
        return {**echo, "ok": False, "error": "unsupported"}
    except (KeyError, ValueError, TypeError) as problem:
        return {**echo, "ok": False, "error": f"{type(problem).__name__}: {problem}"}


if __name__ == "__main__":
    for text in sys.stdin:
        print(json.dumps(answer(text)), flush=True)
