"""Hashes of random tokens, as the database stores them: a token cannot be guessed, so a fast hash is enough."""

import hashlib


def sha256(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
