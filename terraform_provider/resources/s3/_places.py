"""A bucket's host names, and Route 53's zone of S3's websites in its region."""

import re

from terraform_provider.framework.aws import partition_of
from terraform_provider.framework.errors import ProviderError

ZONES = {
    "af-south-1": "Z83WF9RJE8B12",
    "ap-east-1": "ZNB98KWMFR0R6",
    "ap-northeast-1": "Z2M4EHUR26P7ZW",
    "ap-northeast-2": "Z3W03O7B5YMIYP",
    "ap-northeast-3": "Z2YQB5RD63NC85",
    "ap-south-1": "Z11RGJOFQNVJUP",
    "ap-south-2": "Z02976202B4EZMXIPMXF7",
    "ap-southeast-1": "Z3O0J2DXBE1FTB",
    "ap-southeast-2": "Z1WCIGYICN2BYD",
    "ap-southeast-3": "Z01846753K324LI26A3VV",
    "ap-southeast-4": "Z0312387243XT5FE14WFO",
    "ca-central-1": "Z1QDHH18159H29",
    "ca-west-1": "Z03565811Z33SLEZTHOUL",
    "cn-north-1": "Z5CN8UMXT92WN",
    "cn-northwest-1": "Z282HJ1KT0DH03",
    "eu-central-1": "Z21DNDUVLTQW6Q",
    "eu-central-2": "Z030506016YDQGETNASS",
    "eu-north-1": "Z3BAZG2TWCNX0D",
    "eu-south-1": "Z30OZKI7KPW7MI",
    "eu-south-2": "Z0081959F7139GRJC19J",
    "eu-west-1": "Z1BKCTXD74EZPE",
    "eu-west-2": "Z3GKZC51ZF0DB4",
    "eu-west-3": "Z3R1K369G5AVDG",
    "il-central-1": "Z09640613K4A3MN55U7GU",
    "me-central-1": "Z06143092I8HRXZRUZROF",
    "me-south-1": "Z1MPMWCPA7YB62",
    "sa-east-1": "Z7KQH4QJS55SO",
    "us-east-1": "Z3AQBSTGFYJSTF",
    "us-east-2": "Z2O1EMRO9K5GLX",
    "us-gov-east-1": "Z2NIFVYYW2VKV1",
    "us-gov-west-1": "Z31GFT0UA1I2HV",
    "us-west-1": "Z2F56UZL2M1ACD",
    "us-west-2": "Z3BJ6K6RIION7M",
}
"""AWS's "Amazon S3 endpoints and quotas", by region."""
SIGNS = re.compile(r"[0-9a-z.-]+")
ADDRESS = re.compile(r"\d{1,3}(\.\d{1,3}){3}")
SHORTEST, LONGEST = 3, 63


def regional_domain(bucket: str, region: str) -> str:
    suffix = "amazonaws.com.cn" if partition_of(region) == "aws-cn" else "amazonaws.com"
    return f"{bucket}.s3.{region}.{suffix}"


def check_name(name: str) -> None:
    """Check a bucket's name. Errors: ProviderError."""
    reason = ""
    if not SHORTEST <= len(name) <= LONGEST:
        reason = f"must be at least {SHORTEST} and no more than {LONGEST} characters long"
    elif not SIGNS.fullmatch(name):
        reason = "only lowercase alphanumeric characters, hyphens and dots allowed"
    elif ADDRESS.fullmatch(name):
        reason = "must not be formatted as an IP address"
    elif name[0] in ".-" or name[-1] in ".-":
        reason = "must begin and end with a letter or number"
    elif ".." in name:
        reason = "cannot contain two consecutive periods"
    if reason:
        raise ProviderError(
            f"validating S3 Bucket ({name}) name: {reason}", "Choose a name that follows S3's rules.", ("bucket",)
        )
