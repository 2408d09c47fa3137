"""The known regions: a request for any other is refused before anything is created for it."""

from botocore.regions import EndpointResolver

from localcloud.errors import AwsError
from localcloud.protocol.service_models import loader
from localcloud.protocol.wire import CREDENTIAL_SCOPE, AwsRequest, credentials_of

PARTITION = "aws"
ENDPOINTS = loader().load_data("endpoints")
# A session would return the same, but load the model of EC2, botocore's largest.
ENDPOINT_RESOLVER = EndpointResolver(ENDPOINTS)
REGIONS = frozenset(ENDPOINT_RESOLVER.get_available_endpoints("ec2", PARTITION))
NAMES = {
    code: str(region["description"])
    for partition in ENDPOINTS["partitions"]
    for code, region in partition["regions"].items()
}
"""Region -> its display name in AWS: `US West (N. California)`."""
FOR_SEVERAL_REGIONS = "AWS4-ECDSA-P256-SHA256"
"""SigV4A's algorithm, whose scope has no region."""


def check_region_named(request: AwsRequest) -> None:
    """Refuse a signature whose scope names no region of the partition. Errors: AwsError, in the service's protocol."""
    credentials = credentials_of(request)
    scope = CREDENTIAL_SCOPE.search(credentials)
    if scope is None or scope[1] in REGIONS:
        return
    if scope[1] is None and FOR_SEVERAL_REGIONS in credentials:
        return
    if scope[1]:
        why = f"{scope[1]} is not a region of AWS (partition {PARTITION}); sign the request for one that is"
    else:
        why = "the credential's scope names no region; it should be DATE/REGION/SERVICE/aws4_request"
    raise AwsError(_code(request), f"Credential should be scoped to a valid region: {why}", 400)


def _code(request: AwsRequest) -> str:
    if request.service == "s3":
        in_header = "authorization" in request.headers
        return "AuthorizationHeaderMalformed" if in_header else "AuthorizationQueryParametersError"
    if request.is_form or request.service in ("ec2", "route53", "cloudfront"):
        return "IncompleteSignature"
    return "UnrecognizedClientException"
