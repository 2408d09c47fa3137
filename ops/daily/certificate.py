"""The check of the certificate that clients get, for `spendsense doctor`: its name, issuer and expiry."""

import socket
import ssl
from pathlib import Path
from urllib.parse import urlsplit

from ops.aws.clients import Aws, explain
from ops.aws.service import public_url, url_of
from ops.daily.finding import Finding, Grade
from ops.environment import certificate_in
from ops.errors import OpsError

NAME = "certificate"
ANSWER_S = 10
DAY_S = 86_400
# ACM renews 60 days before the end: with fewer left, the renewal does not work.
SOON_DAYS, TOO_SOON_DAYS = 30, 7


def certificate(aws: Aws, now_s: float) -> Finding:
    """Look at the certificate at the service's URL. now_s: seconds since 1970.

    ELBv2 DescribeLoadBalancers, DescribeListeners; a TLS handshake.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        url, own = public_url(aws), url_of(aws)
    except (BotoCoreError, ClientError, OpsError) as exc:
        said = exc if isinstance(exc, OpsError) else explain(exc)
        return warning(f"not checked: {said.message if said else exc}", (said.next_step if said else "") or "")
    if url is None:
        return Finding(name=NAME, grade=Grade.OK, found="none yet: there is no load balancer that serves clients")
    if urlsplit(url).scheme != "https":
        return of_plain_http(url, is_local=aws.environment.local is not None)
    local = aws.environment.local
    return of_server(url, certificate_in(local.data_dir) if local else None, now_s, checks_name=url != own)


def warning(found: str, next_step: str) -> Finding:
    return Finding(name=NAME, grade=Grade.WARN, found=found, next_step=next_step)


def of_plain_http(url: str, *, is_local: bool) -> Finding:
    if is_local:
        return Finding(name=NAME, grade=Grade.OK, found=f"none: {url} is plain HTTP, which stays on this machine")
    return warning(
        f"none: {url} is plain HTTP",
        "set certificate_arn, or hosted_zone_id and public_url, in the environment's tfvars",
    )


def of_server(url: str, trusted: Path | None, now_s: float, *, checks_name: bool) -> Finding:
    """Check the certificate of a TLS handshake. trusted: the only certificate to trust; None: this machine's."""
    there = urlsplit(url)
    host, port = there.hostname or "", there.port or 443
    context = ssl.create_default_context(cafile=str(trusted) if trusted else None)
    context.check_hostname = checks_name
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # what is trusted may be the server's own certificate
    try:
        with (
            socket.create_connection((host, port), timeout=ANSWER_S) as raw,
            context.wrap_socket(raw, server_hostname=host) as connection,
        ):
            shown = connection.getpeercert() or {}
    except ssl.SSLCertVerificationError as exc:
        next_step = "see docs/runbooks/certificate-expiring.md; check certificate_arn and the name in public_url"
        return Finding(name=NAME, grade=Grade.FAIL, found=f"{url}: {exc.verify_message}", next_step=next_step)
    except OSError as exc:
        next_step = "check the network, and the state of the load balancer: `spendsense status`"
        return Finding(name=NAME, grade=Grade.FAIL, found=f"{url} does not respond: {exc}", next_step=next_step)
    days = (ssl.cert_time_to_seconds(str(shown["notAfter"])) - now_s) / DAY_S
    found = f"{host}, valid for {days:.0f} more days"
    if not checks_name and trusted is None:
        found += "; its name was not checked: set SERVICE_URL to the URL that clients use"
    grade = Grade.OK if days >= SOON_DAYS else Grade.WARN if days >= TOO_SOON_DAYS else Grade.FAIL
    next_step = "" if grade is Grade.OK else "renew it: docs/runbooks/certificate-expiring.md"
    return Finding(name=NAME, grade=grade, found=found, next_step=next_step)
