"""Makes transport-vectors.json: packets sealed by implementations that this project does not use.

XChaCha20-Poly1305: libsodium, crypto_aead_xchacha20poly1305_ietf_encrypt, called through ctypes (Debian: libsodium23).
AES-256-GCM: OpenSSL, as the Python package `cryptography` wraps it.

    python3 packages/dave/test/voice/make-transport-vectors.py > packages/dave/test/voice/transport-vectors.json

Keys, headers and payloads come from SHA-256 of counters, so that the file is the same each time.
"""
import ctypes
import hashlib
import json
import struct

import cryptography
from cryptography.hazmat.backends.openssl.backend import backend
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

sodium = ctypes.CDLL("libsodium.so.23")
sodium.sodium_version_string.restype = ctypes.c_char_p
assert sodium.sodium_init() >= 0


def some_bytes(label, length):
    out = b""
    while len(out) < length:
        out += hashlib.sha256(f"{label} {len(out)}".encode()).digest()
    return out[:length]


def seal_aes(key, counter, header, payload):
    return AESGCM(key).encrypt(counter + bytes(8), payload, header)


def seal_xchacha(key, counter, header, payload):
    sealed = ctypes.create_string_buffer(len(payload) + 16)
    length = ctypes.c_ulonglong()
    nonce = counter + bytes(20)
    sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(
        sealed, ctypes.byref(length), payload, ctypes.c_ulonglong(len(payload)),
        header, ctypes.c_ulonglong(len(header)), None, nonce, key)
    return sealed.raw[: length.value]


def header_of(case, csrcs, words, padding):
    first = 0x80 | (0x20 if padding else 0) | (0x10 if words is not None else 0) | csrcs
    fixed = struct.pack("!BBHII", first, 120, 1000 + case, 960 * case, 0x01020304)
    extension = b"" if words is None else struct.pack("!HH", 0xBEDE, words)
    return fixed + some_bytes(f"csrcs {case}", 4 * csrcs) + extension


# counter, CSRCs, words of extension, padding, bytes of frame
SHAPES = [
    (0, 0, None, 0, 3), (1, 0, None, 0, 120), (2, 0, 2, 0, 99), (255, 2, None, 0, 64), (256, 15, 1, 4, 17),
    (65536, 0, None, 255, 1), (0x01020304, 3, 0, 1, 1275), (0xFFFFFFFF, 0, 3, 0, 0),
]


def cases(mode, seal):
    for case, (number, csrcs, words, padding, length) in enumerate(SHAPES):
        key = some_bytes(f"{mode} key {case}", 32)
        counter = struct.pack("!I", number)
        header = header_of(case, csrcs, words, padding)
        extension = some_bytes(f"extension {case}", 4 * (words or 0))
        frame = some_bytes(f"frame {case}", length)
        pad = bytes(padding - 1) + bytes([padding]) if padding else b""
        payload = extension + frame + pad
        packet = header + seal(key, counter, header, payload) + counter
        yield {"mode": mode, "key": key.hex(), "counter": number, "header": header.hex(),
               "payload": payload.hex(), "frame": frame.hex(), "packet": packet.hex()}


print(json.dumps({
    "source": {
        "aead_xchacha20_poly1305_rtpsize": "libsodium " + sodium.sodium_version_string().decode(),
        "aead_aes256_gcm_rtpsize":
            f"{backend.openssl_version_text()}, by the Python package cryptography {cryptography.__version__}",
    },
    "cases": [*cases("aead_aes256_gcm_rtpsize", seal_aes),
              *cases("aead_xchacha20_poly1305_rtpsize", seal_xchacha)],
}, indent=2))
