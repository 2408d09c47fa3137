"""Locally issued certificates for listeners whose certificate has no key here; stored in the data directory."""

import hashlib
import ipaddress
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from localcloud.machine import stored_files
from localcloud.machine.files import write_atomically

LIFE = timedelta(days=397)
"""The longest lifetime that browsers accept."""
RENEW_BEFORE = timedelta(days=30)
ALWAYS = ("localhost", "127.0.0.1")
LONGEST_COMMON_NAME = 64
BEGIN = "-----BEGIN CERTIFICATE-----"


class LocalCertificates:
    """Self-signed certificates below `directory`: one file for each set of host names, created on first use."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def pair(self, names: Iterable[str]) -> tuple[str, str]:
        """Host names -> certificate and key as PEM. `localhost` and 127.0.0.1 are always included."""
        included = list(dict.fromkeys([*names, *ALWAYS]))
        path = self._directory / f"{hashlib.sha256(' '.join(sorted(included)).encode()).hexdigest()[:16]}.pem"
        now = datetime.now(UTC)
        kept = stored_files.read(path, _checked, "recreated")
        if kept is None or _ends(kept) - RENEW_BEFORE < now:
            stored_files.directory(self._directory)
            kept = _self_signed(included, now)
            write_atomically(path, kept)
        key, marker, certificate = kept.decode().partition(BEGIN)
        return marker + certificate, key


def _checked(content: bytes) -> bytes:
    """Return the content unchanged. Errors: ValueError when it is not a key with its certificate."""
    key = serialization.load_pem_private_key(content.partition(BEGIN.encode())[0], None)
    if key.public_key() != x509.load_pem_x509_certificate(content).public_key():
        raise ValueError("the certificate belongs to another key")
    return content


def _ends(content: bytes) -> datetime:
    return x509.load_pem_x509_certificate(content).not_valid_after_utc


def _self_signed(names: list[str], now: datetime) -> bytes:
    """Return key and certificate as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0][:LONGEST_COMMON_NAME])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + LIFE)
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
