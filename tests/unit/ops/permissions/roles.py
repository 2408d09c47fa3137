"""A role, and decisions on what it asked for."""

from ops.permissions.decision_record import Decided
from ops.permissions.policies import Role, allowing

ARN = "arn:aws:iam::123456789012:role/spendsense-local-deploy"
SERVICE = "arn:aws:ecs:us-west-1:123456789012:service/spendsense-local/spendsense-backend"
PARAMETERS = "arn:aws:ssm:us-west-1:123456789012:parameter/spendsense-local"
DOCUMENT = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Service",
            "Effect": "Allow",
            "Action": ["ecs:DescribeServices", "ecs:UpdateService"],
            "Resource": SERVICE,
        },
        {
            "Effect": "Allow",
            "Action": "ssm:GetParameter",
            "Resource": [f"{PARAMETERS}/deployed", f"{PARAMETERS}/shape"],
            "Condition": {"Bool": {"aws:SecureTransport": "true"}},
        },
        {"Sid": "Images", "Effect": "Allow", "Action": "ecr:*", "Resource": "arn:aws:ecr:*:*:repository/spendsense-*"},
        {"Sid": "Never", "Effect": "Deny", "Action": "ecs:DeleteService", "Resource": "*"},
    ],
}
ROLE = Role(
    name="spendsense-local-deploy",
    arn=ARN,
    statements=tuple(allowing("deploy", DOCUMENT)),
    managed=("arn:aws:iam::aws:policy/ReadOnlyAccess",),
)


def decided(action: str, resource: str, *, is_allowed: bool = True, principal: str = ARN, count: int = 1) -> Decided:
    return Decided(principal=principal, action=action, resource=resource, is_allowed=is_allowed, count=count)
