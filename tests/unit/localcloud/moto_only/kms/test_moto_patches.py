"""A key's policy: what it denies to everybody."""

import json

import pytest

from localcloud.moto_only.kms.moto_patches import denies

DELETION = "kms:ScheduleKeyDeletion"


@pytest.mark.parametrize(
    ("statement", "denied"),
    [
        ({"Effect": "Deny", "Principal": "*", "Action": DELETION}, True),
        ({"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": [DELETION, "kms:DisableKey"]}, True),
        ({"Effect": "Deny", "Principal": {"AWS": ["*"]}, "Action": "kms:schedulekey*"}, True),
        ({"Effect": "Deny", "Principal": "*", "Action": "kms:*"}, True),
        ({"Effect": "Allow", "Principal": "*", "Action": "kms:*"}, False),
        ({"Effect": "Deny", "Principal": "*", "Action": "kms:DisableKey"}, False),
        # Of those that depend on who asks and how, nothing is known here.
        ({"Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::1:role/a"}, "Action": DELETION}, False),
        ({"Effect": "Deny", "Principal": "*", "Action": DELETION, "Condition": {"Bool": {}}}, False),
    ],
)
def test_a_denial_to_everybody_counts(statement: dict[str, object], denied: bool) -> None:
    assert denies(json.dumps({"Statement": [statement]}), DELETION) is denied
    assert denies(json.dumps({"Statement": statement}), DELETION) is denied
