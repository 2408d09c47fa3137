"""Responds to the requests that a Terraform plan sends to AWS before anything exists, so that it needs no account."""

import json
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

ACCOUNT_ID = "123456789012"
# An account sees two zones of us-west-1; the code must work with two anywhere.
ZONES = ("a", "b")
ENDS_WITHIN_S = 0.05
"""The most that the command waits for the endpoint at its end."""

CALLER = f"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::{ACCOUNT_ID}:user/plan</Arn><UserId>AIDAPLAN</UserId><Account>{ACCOUNT_ID}</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>"""


def zones(region: str) -> str:
    items = "".join(
        f"<item><zoneName>{region}{zone}</zoneName><zoneId>{region}-az{number}</zoneId><zoneState>available</zoneState>"
        f"<regionName>{region}</regionName><zoneType>availability-zone</zoneType><groupName>{region}</groupName>"
        f"<optInStatus>opt-in-not-required</optInStatus></item>"
        for number, zone in enumerate(ZONES, start=1)
    )
    return (
        '<DescribeAvailabilityZonesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
        f"<availabilityZoneInfo>{items}</availabilityZoneInfo></DescribeAvailabilityZonesResponse>"
    )


def roles(path: str, found: Collection[str]) -> str:
    """Answer ListRoles below `/aws-service-role/<service>/`."""
    service = path.strip("/").rpartition("/")[2]
    member = (
        f"<member><Path>{path}</Path><RoleName>AWSServiceRole</RoleName><RoleId>AROAPLAN</RoleId>"
        f"<Arn>arn:aws:iam::{ACCOUNT_ID}:role{path}AWSServiceRole</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate>"
        "</member>"
    )
    return (
        '<ListRolesResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ListRolesResult>'
        f"<IsTruncated>false</IsTruncated><Roles>{member if service in found else ''}</Roles></ListRolesResult>"
        "</ListRolesResponse>"
    )


NO_LOAD_BALANCERS = (
    '<DescribeLoadBalancersResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/">'
    "<DescribeLoadBalancersResult><LoadBalancers/></DescribeLoadBalancersResult></DescribeLoadBalancersResponse>"
)


RDS = 'xmlns="http://rds.amazonaws.com/doc/2014-10-31/"'
NO_DATABASES = (
    f"<DescribeDBInstancesResponse {RDS}><DescribeDBInstancesResult><DBInstances/></DescribeDBInstancesResult>"
    "</DescribeDBInstancesResponse>"
)


def orderable(form: Mapping[str, str], withdrawn: Collection[str]) -> str:
    """Offer the requested class: only an account can tell which classes a region has."""
    option = (
        ""
        if form.get("EngineVersion") in withdrawn
        else (
            "<OrderableDBInstanceOption>"
            f"<Engine>{form['Engine']}</Engine><EngineVersion>{form.get('EngineVersion', '')}</EngineVersion>"
            f"<DBInstanceClass>{form.get('DBInstanceClass', '')}</DBInstanceClass><StorageType>gp3</StorageType>"
            "<LicenseModel>postgresql-license</LicenseModel><MultiAZCapable>true</MultiAZCapable><Vpc>true</Vpc>"
            "</OrderableDBInstanceOption>"
        )
    )
    return (
        f"<DescribeOrderableDBInstanceOptionsResponse {RDS}><DescribeOrderableDBInstanceOptionsResult>"
        f"<OrderableDBInstanceOptions>{option}</OrderableDBInstanceOptions>"
        "</DescribeOrderableDBInstanceOptionsResult>"
        "</DescribeOrderableDBInstanceOptionsResponse>"
    )


ROUTE_53 = 'xmlns="https://route53.amazonaws.com/doc/2013-04-01/"'


@dataclass(frozen=True, kw_only=True, slots=True)
class Zone:
    """A hosted zone. Its name is not known without an account: the root contains every host."""

    zone_id: str
    name: str = "."
    is_private: bool = False

    def listed(self) -> str:
        """Render it as an element of ListHostedZones."""
        return (
            f"<HostedZone><Id>/hostedzone/{self.zone_id}</Id><Name>{self.name}</Name>"
            "<CallerReference>plan</CallerReference><ResourceRecordSetCount>2</ResourceRecordSetCount>"
            f"<Config><PrivateZone>{str(self.is_private).lower()}</PrivateZone></Config></HostedZone>"
        )


def of_route_53(path: str, zones: Collection[Zone]) -> str | None:
    """Answer what the provider asks about hosted zones; None for any other path."""
    operation, _, zone_id = path.removeprefix("/2013-04-01/").rpartition("/")
    if path == "/2013-04-01/hostedzone":
        listed = "".join(each.listed() for each in zones)
        return (
            f"<ListHostedZonesResponse {ROUTE_53}><HostedZones>{listed}</HostedZones><IsTruncated>false</IsTruncated>"
            "<MaxItems>100</MaxItems></ListHostedZonesResponse>"
        )
    if operation == "hostedzone":
        found = "".join(each.listed() for each in zones if each.zone_id == zone_id)
        servers = "<NameServers><NameServer>ns-1.awsdns-01.com</NameServer></NameServers>"
        return (
            f"<GetHostedZoneResponse {ROUTE_53}>{found}<DelegationSet>{servers}</DelegationSet></GetHostedZoneResponse>"
        )
    if zone_id == "rrset":  # of a private zone: its name servers
        servers = "<ResourceRecord><Value>ns-0.awsdns-00.com.</Value></ResourceRecord>"
        return (
            f"<ListResourceRecordSetsResponse {ROUTE_53}><ResourceRecordSets><ResourceRecordSet><Name>.</Name>"
            f"<Type>NS</Type><TTL>172800</TTL><ResourceRecords>{servers}</ResourceRecords></ResourceRecordSet>"
            "</ResourceRecordSets><IsTruncated>false</IsTruncated><MaxItems>100</MaxItems>"
            "</ListResourceRecordSetsResponse>"
        )
    if operation == "tags/hostedzone":
        return (
            f"<ListTagsForResourceResponse {ROUTE_53}><ResourceTagSet><ResourceType>hostedzone</ResourceType>"
            f"<ResourceId>{zone_id}</ResourceId><Tags/></ResourceTagSet></ListTagsForResourceResponse>"
        )
    return None


class Handler(BaseHTTPRequestHandler):
    """Responds to the operations that data sources call, like an empty account."""

    service_linked_roles: Collection[str] = ()
    withdrawn: Collection[str] = ()
    gateways: Collection[str] = ()
    snapshots: Collection[str] = ()
    hosted_zones: Collection[Zone] = ()

    def do_GET(self) -> None:
        """Answer for API Gateway and Route 53, the only REST protocols among these."""
        apis = [{"apiId": name, "name": name, "protocolType": "HTTP"} for name in self.gateways]
        path = urlsplit(self.path).path
        about_zones = of_route_53(path, self.hosted_zones)
        if about_zones is not None:
            self._answer(200, about_zones)
        elif path == "/v2/apis":
            self._answer(200, json.dumps({"items": apis}))
        else:
            self._answer(400, json.dumps({"message": f"a plan without an AWS account cannot call GET {self.path}"}))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        action = form.get("Action", self.headers.get("X-Amz-Target", "?"))
        text = self._text(action, form)
        if text is not None:
            self._answer(200, text)
        else:
            message = f"a plan without an AWS account cannot call {action}"
            self._answer(
                400,
                f"<ErrorResponse><Error><Type>Sender</Type><Code>NotAnswered</Code><Message>{message}</Message>"
                "</Error></ErrorResponse>",
            )

    def _text(self, action: str, form: Mapping[str, str]) -> str | None:
        if action == "GetCallerIdentity":
            return CALLER
        if action == "DescribeAvailabilityZones":
            return zones(self._region())
        if action == "ListRoles":
            return roles(form.get("PathPrefix", "/"), self.service_linked_roles)
        if action == "DescribeLoadBalancers":
            return NO_LOAD_BALANCERS
        if action == "DescribeDBInstances":
            return NO_DATABASES
        if action == "DescribeOrderableDBInstanceOptions":
            return orderable(form, self.withdrawn)
        if action == "ResourceGroupsTaggingAPI_20170126.GetResources":
            return json.dumps({"ResourceTagMappingList": [{"ResourceARN": arn, "Tags": []} for arn in self.snapshots]})
        return None

    def _region(self) -> str:
        # Credential=<key>/<date>/<region>/<service>/aws4_request
        return self.headers.get("Authorization", "").partition("Credential=")[2].split("/")[2]

    def _answer(self, status: int, text: str) -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("content-type", "application/json" if text.startswith("{") else "text/xml")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Log nothing: Terraform reports refusals itself."""


@contextmanager
def plan_endpoint(
    service_linked_roles: Collection[str] = (),
    withdrawn: Collection[str] = (),
    gateways: Collection[str] = (),
    snapshots: Collection[str] = (),
    hosted_zones: Collection[Zone] = (),
) -> Iterator[str]:
    """Serve on a free loopback port and yield the URL.

    service_linked_roles: services whose role the account has. withdrawn: database releases that are not offered.
    gateways: names of existing HTTP APIs. snapshots: ARNs of existing database snapshots.
    hosted_zones: of Route 53.
    """
    account = {
        "service_linked_roles": service_linked_roles,
        "withdrawn": withdrawn,
        "gateways": gateways,
        "snapshots": snapshots,
        "hosted_zones": hosted_zones,
    }
    handler = type("BoundHandler", (Handler,), account)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(ENDS_WITHIN_S,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
