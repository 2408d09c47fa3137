"""The servers that a database connection trusts, and the CAs that the image contains."""

import hashlib
import re
import ssl

import pytest
from cryptography import x509

from app.stores.database_tls import RDS_CERTIFICATES, DatabaseTls

ADDRESS = "postgresql://user@db.example:5432/name"
LOCAL = DatabaseTls(is_required=False, ca_file=None)
IN_AWS = DatabaseTls(is_required=True, ca_file=None)


def roots() -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(RDS_CERTIFICATES.read_bytes())


@pytest.mark.parametrize("mode", ["require", "verify-ca", "verify-full"])
@pytest.mark.parametrize("tls", [LOCAL, IN_AWS])
def test_every_mode_with_tls_checks_the_certificate_and_the_name(mode, tls):
    context = tls.of(f"{ADDRESS}?sslmode={mode}")
    assert isinstance(context, ssl.SSLContext)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize("query", ["", "?sslmode=disable", "?sslmode=allow", "?sslmode=prefer"])
def test_only_the_local_environment_connects_without_tls(query):
    assert LOCAL.of(ADDRESS + query) == "disable"
    assert isinstance(IN_AWS.of(ADDRESS + query), ssl.SSLContext)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "[::1]"])
def test_what_stays_on_this_machine_needs_no_tls(host):
    assert IN_AWS.of(f"postgresql://user@{host}:5432/name") == "disable"
    assert isinstance(IN_AWS.of(f"postgresql://user@{host}:5432/name?sslmode=verify-full"), ssl.SSLContext)


@pytest.mark.parametrize("host", ["10.0.0.1", "localhost", "127.0.0.1.example.com"])
def test_any_other_address_and_every_name_needs_it(host):
    assert isinstance(IN_AWS.of(f"postgresql://user@{host}:5432/name"), ssl.SSLContext)


def test_a_file_of_authorities_takes_the_place_of_those_of_rds(tmp_path):
    pem = tmp_path / "authority.pem"
    pem.write_bytes(
        RDS_CERTIFICATES.read_bytes().partition(b"-----END CERTIFICATE-----\n")[0] + b"-----END CERTIFICATE-----\n"
    )
    for tls, url in (
        (DatabaseTls(is_required=True, ca_file=str(pem)), ADDRESS),
        (IN_AWS, f"{ADDRESS}?sslrootcert={pem}"),
    ):
        context = tls.of(url)
        assert isinstance(context, ssl.SSLContext)
        assert len(context.get_ca_certs()) == 1


def test_a_missing_file_is_reported_and_nothing_replaces_it(tmp_path):
    with pytest.raises(FileNotFoundError):
        DatabaseTls(is_required=True, ca_file=str(tmp_path / "none.pem")).of(ADDRESS)


def test_the_image_holds_the_roots_of_rds_and_nothing_else():
    for root in roots():
        assert root.subject == root.issuer
        root.verify_directly_issued_by(root)
        name = root.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value
        assert re.fullmatch(r"Amazon RDS [a-z]{2}-[a-z]+-\d Root CA (RSA2048|RSA4096|ECC384) G1", str(name)), name
        assert root.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        assert root.not_valid_after_utc.year >= 2061


def test_the_roots_are_those_that_were_compared_with_their_source():
    assert hashlib.sha256(RDS_CERTIFICATES.read_bytes()).hexdigest() == (
        "73f6190230da6d0adddccb70c71530bf6ac933126c31cf108d7178a24eb928fd"
    )


@pytest.mark.parametrize("region", ["us-west-1", "us-west-2", "us-east-1", "us-east-2", "eu-central-1", "eu-west-1"])
def test_each_region_has_its_three_roots(region):
    assert sum(f" {region} Root CA" in root.subject.rfc4514_string() for root in roots()) == 3
