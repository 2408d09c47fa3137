"""Matching leftovers of an unfinished apply with the code's resources."""

from typing import Any

from ops.terraform.leftovers import imports

ACCOUNT = "us-west-1:123456789012"
EC2 = f"arn:aws:ec2:{ACCOUNT}"
ROLE = "arn:aws:iam::123456789012:role/spendsense-local-task"


def tags(name: str) -> dict[str, str]:
    return {"project": "spendsense", "managed_by": "terraform", "Name": name}


def creating(address: str, **after: Any) -> dict[str, Any]:
    kind = address.rpartition("module.")[2].split(".")[-2]
    return {"address": address, "type": kind, "change": {"actions": ["create"], "after": after}}


def plan(*changes: dict[str, Any]) -> dict[str, Any]:
    return {"resource_changes": list(changes)}


def test_what_has_the_planned_tags_is_imported_by_the_id_of_its_type() -> None:
    secret = f"arn:aws:secretsmanager:{ACCOUNT}:secret:spendsense-local/jwt-AbCdEf"
    group = f"arn:aws:logs:{ACCOUNT}:log-group:/ecs/spendsense-backend:*"
    found = {
        f"{EC2}:subnet/subnet-1": tags("a"),
        f"{EC2}:subnet/subnet-2": tags("b"),
        f"{EC2}:vpc/vpc-1": tags("a"),
        secret: tags("jwt"),
        group: tags("group"),
        ROLE: {},
    }
    changes = [
        creating('module.vpc.aws_subnet.this["b"]', tags_all=tags("b")),
        creating("aws_secretsmanager_secret.jwt", tags_all=tags("jwt")),
        creating("aws_cloudwatch_log_group.this", tags_all=tags("group")),
        creating("aws_iam_role.task", name="spendsense-local-task", tags_all=tags("")),
    ]
    assert imports(plan(*changes), found) == [
        ('module.vpc.aws_subnet.this["b"]', "subnet-2"),
        ("aws_secretsmanager_secret.jwt", secret),
        ("aws_cloudwatch_log_group.this", "/ecs/spendsense-backend"),
        ("aws_iam_role.task", "spendsense-local-task"),
    ]


def test_an_ambiguous_leftover_is_not_imported() -> None:
    wanted = creating("aws_vpc.this", tags_all=tags("a"))
    twice = {f"{EC2}:vpc/vpc-1": tags("a"), f"{EC2}:vpc/vpc-2": tags("a")}
    assert imports(plan(wanted), twice) == []
    claimed = [wanted, creating("aws_vpc.other", tags_all=tags("a"))]
    assert imports(plan(*claimed), {f"{EC2}:vpc/vpc-1": tags("a")}) == []
    assert imports(plan(wanted), {f"{EC2}:vpc/vpc-1": tags("a") | {"more": "x"}, ROLE: {}}) == []


def test_a_database_of_another_name_is_none() -> None:
    kept = {f"arn:aws:rds:{ACCOUNT}:db:spendsense-local-replaced": tags("db")}
    assert (
        imports(plan(creating("aws_db_instance.this", identifier="spendsense-local", tags_all=tags("db"))), kept) == []
    )


def test_only_what_would_be_created_is_imported() -> None:
    change = creating("aws_vpc.this", tags_all=tags("a"))
    change["change"]["actions"] = ["delete", "create"]
    assert imports(plan(change), {f"{EC2}:vpc/vpc-1": tags("a")}) == []
