"""KMS's safety check: a new key policy has to let its author change it again, unless the request leaves the check out.

Source: KMS API Reference, PutKeyPolicy and CreateKey, "Policy"; the words are those that AWS prints. Identity policies
are not part of it: a policy that lets the account decide passes.
"""

from collections.abc import Callable

from localcloud.authorization.context import Context
from localcloud.authorization.decision import Policies, ResourcePolicyKind, decide
from localcloud.authorization.errors import PolicyError
from localcloud.authorization.policies import read_policy
from localcloud.authorization.principals import Kind, Principal
from localcloud.authorization.request import Request
from localcloud.authorization.resources import Place
from localcloud.enforcement.calls import Call
from localcloud.errors import AwsError

OPERATIONS = ("CreateKey", "PutKeyPolicy", "ReplicateKey")
BYPASS = "BypassPolicyLockoutSafetyCheck"
ACTION = "kms:PutKeyPolicy"
LOCKED_OUT = "The new key policy will not allow you to update the key policy in the future."
EVERYTHING = read_policy('{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}', "evaluated elsewhere")


def check_lockout(who: Principal, call: Call, keys: Callable[[], Context], place: Place) -> None:
    """Check a call. `keys`: returns the condition keys, which take time.

    Errors: AwsError MalformedPolicyDocumentException.
    """
    text = call.parameters.get("Policy")
    if call.service != "kms" or call.operation not in OPERATIONS or not isinstance(text, str) or not text:
        return
    if call.parameters.get(BYPASS) in (True, "true") or who.kind is Kind.SERVICE:
        return
    try:
        policy = read_policy(text, "key policy")
    except PolicyError:
        return  # KMS refuses it
    named = str(call.parameters.get("KeyId") or "new") if call.operation == "PutKeyPolicy" else "new"
    arn = named if named.startswith("arn:") else f"arn:aws:kms:{place.region}:{place.account_id}:key/{named}"
    request = Request(principal=who, action=ACTION, resource=arn, resource_account=place.account_id, context=keys())
    policies = Policies(identity=(EVERYTHING,), resource=(policy,), kind=ResourcePolicyKind.KEY)
    if not decide(request, policies).is_allowed:
        raise AwsError("MalformedPolicyDocumentException", LOCKED_OUT)
