"""Permissions: every role, key and bucket policy, statement by statement (E2, S3, D-b)."""

import re

from tests.terraform.plan import Plan, Statement
from tests.terraform.planning import ROLE, USER

PATTERN = re.compile(r"[*?]")
# Actions that name no resource, each with why it cannot be narrowed.
WITHOUT_RESOURCE = {
    "application-autoscaling:DescribeScalableTargets": "Describe calls of Auto Scaling know no resource",
    "application-autoscaling:DescribeScalingActivities": "Describe calls of Auto Scaling know no resource",
    "backup:ListBackupJobs": "jobs of the account are listed, whatever their vault",
    "backup:ListCopyJobs": "jobs of the account are listed, whatever their vault",
    "cloudwatch:DescribeAlarms": "a deploy asks for the alarms of its service by name, but the call lists",
    "cloudwatch:GetMetricStatistics": "metrics are no resources",
    "ec2:DescribeSubnets": "Describe calls of EC2 know no resource",
    "elasticache:DescribeEvents": "events are no resources",
    "rds:DescribeEvents": "events are no resources",
    "logs:GetQueryResults": "is given the id of a query, from which no log group can be told",
    "logs:DescribeLogGroups": "a deploy asks for its groups by their prefix, but the call lists",
    "ecr:GetAuthorizationToken": "a token is for the whole registry",
    "ecs:DescribeTaskDefinition": "knows no resource",
    "ecs:ListTasks": "checked against container instances; bounded by the condition on the cluster",
    "elasticloadbalancing:DescribeListeners": "Describe calls of ELB know no resource",
    "elasticloadbalancing:DescribeLoadBalancers": "Describe calls of ELB know no resource",
    "elasticloadbalancing:DescribeRules": "Describe calls of ELB know no resource",
    "elasticloadbalancing:DescribeTargetGroups": "Describe calls of ELB know no resource",
    "elasticloadbalancing:DescribeTargetHealth": "Describe calls of ELB know no resource",
}
# AWS's own policies, where a copy of ours would age.
MANAGED = {
    "AmazonRDSEnhancedMonitoringRole",
    "AWSBackupServiceRolePolicyForBackup",
    "AWSBackupServiceRolePolicyForRestores",
    "AWSBackupServiceRolePolicyForS3Backup",
    "AWSBackupServiceRolePolicyForS3Restore",
}


def allowed(plan: Plan) -> list[Statement]:
    return [each for each in plan.statements() if each.effect == "Allow"]


def is_key_policy(statement: Statement) -> bool:
    return ".aws_kms_key." in statement.where


def of_role(plan: Plan, role: str) -> list[Statement]:
    return [each for each in allowed(plan) if re.search(rf"aws_iam_role_policy\.{role}(\[0\])?\.policy$", each.where)]


# RDS names its secrets itself, and tags them with the instance whose password they hold.
OWNER_OF_SECRET = "aws:ResourceTag/aws:rds:primaryDBInstanceArn"
# Auto Scaling names its targets itself, with ids of no meaning.
OWNER_OF_SCALABLE_TARGET = "aws:ResourceTag/Name"
OWNERS = (OWNER_OF_SECRET, OWNER_OF_SCALABLE_TARGET)
# What RDS names itself when a database is restored, before anything says who its owner is.
NAMED_BY_RDS = {
    "arn:aws:rds:us-west-1:123456789012:auto-backup:*": "ids of automated backups are random",
    "arn:aws:rds:us-west-1:123456789012:og:*": "option groups: the default one of the release",
    "arn:aws:secretsmanager:us-west-1:123456789012:secret:rds!db-*": "made with the instance, and tagged only then",
}


def test_E2_no_policy_allows_a_pattern_of_actions(plan: Plan) -> None:
    assert len(allowed(plan)) > 10
    for each in allowed(plan):
        if not is_key_policy(each):
            assert not any(PATTERN.search(action) for action in each.actions), each
    # A key's policy: the account through IAM, and the encryption calls, whose names end in what they return.
    patterns = {
        action for each in allowed(plan) if is_key_policy(each) for action in each.actions if PATTERN.search(action)
    }
    assert patterns <= {"kms:*", "kms:ReEncrypt*", "kms:GenerateDataKey*"}


def test_E2_only_actions_that_know_no_resource_are_allowed_on_all(plan: Plan) -> None:
    for each in allowed(plan):
        if "*" in each.resources and not is_key_policy(each):
            assert set(each.actions) <= WITHOUT_RESOURCE.keys(), each
            assert "ecs:ListTasks" not in each.actions or "ArnEquals" in each.conditions, each


def test_E2_a_pattern_in_a_resource_stays_below_something_of_ours(plan: Plan) -> None:
    for each in allowed(plan):
        for resource in each.resources:
            before = PATTERN.split(resource)[0]
            if resource == "*" or before == resource or (resource in NAMED_BY_RDS and ".recover[0]" in each.where):
                continue
            ours = ("spendsense", plan.one("aws_lb")["name"], "module-")
            conditions = each.conditions.get("StringEquals", {})
            owner = str([conditions.get(tag, "") for tag in OWNERS])
            assert any(name in text for name in ours for text in (before, owner)), f"{each.where}: {resource}"


def test_E2_nobody_is_everybody(plan: Plan) -> None:
    for each in allowed(plan):
        assert not any("*" in principal for principal in each.principals), each


def test_E2_the_task_reaches_its_bucket_and_its_password_and_nothing_else(plan: Plan) -> None:
    statements = of_role(plan, "task")
    data = next(each["arn"] for each in plan.of("aws_s3_bucket") if each["bucket"].endswith("-data-123456789012"))
    by_service = {action.partition(":")[0] for each in statements for action in each.actions}
    assert by_service == {"s3", "secretsmanager", "kms"}
    for each in statements:
        if each.actions[0].startswith("s3:"):
            assert set(each.resources) <= {data, f"{data}/*"}, each
        if each.actions[0].startswith("kms:"):
            assert "kms:ViaService" in each.conditions["StringEquals"], each


def test_E2_ecs_pulls_our_image_reads_the_injected_secrets_and_writes_our_logs(plan: Plan) -> None:
    statements = of_role(plan, "execution")
    allowed_on = {action: set(each.resources) for each in statements for action in each.actions}
    assert set(allowed_on) == {
        "ecr:GetAuthorizationToken",
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:GetDownloadUrlForLayer",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "secretsmanager:GetSecretValue",
        "kms:Decrypt",
    }
    assert allowed_on["ecr:BatchGetImage"] == {plan.one("aws_ecr_repository")["arn"]}
    injected = {":".join(each["valueFrom"].split(":")[:-3]) for each in plan.container["secrets"]}
    assert injected <= allowed_on["secretsmanager:GetSecretValue"]
    groups = {each["arn"] for each in plan.of("aws_cloudwatch_log_group", "this", "monitoring")}
    assert allowed_on["logs:PutLogEvents"] == {f"{arn}:log-stream:*" for arn in groups}


def test_E2_every_role_but_those_of_people_is_trusted_to_one_service_of_this_account(plan: Plan) -> None:
    trusts = [each for each in allowed(plan) if each.where.endswith(".assume_role_policy")]
    assert {each.where.rpartition(".")[0] for each in trusts} == {each.address for each in plan.of("aws_iam_role")}
    of_people = {"module.iam.aws_iam_role.operate[0]", "module.iam.aws_iam_role.recover[0]"}
    of_services = [each for each in trusts if each.where.rpartition(".")[0] not in of_people]
    assert len(of_services) == len({each.where for each in of_services})
    for each in of_services:
        assert len(each.principals) == 1, each
        if each.actions == ("sts:AssumeRole",):
            assert each.principals[0].startswith("Service "), each


def test_E2_roles_have_no_managed_policy_but_those_that_would_age(plan: Plan) -> None:
    attached = {each["policy_arn"].rpartition("/")[2] for each in plan.of("aws_iam_role_policy_attachment")}
    assert attached <= MANAGED
    assert not any(each.values.get("managed_policy_arns") for each in plan.of("aws_iam_role"))


def test_D2_github_jobs_of_one_repository_and_environment_may_deploy_and_no_other(everything: Plan) -> None:
    role = everything.one("aws_iam_role", "deploy")
    (trust,) = [each for each in everything.statements() if each.where == f"{role.address}.assume_role_policy"]
    assert trust.actions == ("sts:AssumeRoleWithWebIdentity",)
    provider = everything.one("aws_iam_openid_connect_provider")
    assert provider["url"].removeprefix("https://") == "token.actions.githubusercontent.com"
    assert trust.principals == (f"Federated {provider['arn']}",)
    assert trust.conditions == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            # As tokens name a repository, and as they name one made since July 2026.
            "token.actions.githubusercontent.com:sub": [
                "repo:acme/spendsense:environment:prod",
                "repo:acme@1/spendsense@2:environment:prod",
            ],
            # A job of another branch could name the environment too.
            "token.actions.githubusercontent.com:ref": "refs/heads/main",
        }
    }


def test_D2_a_deploy_passes_only_the_services_own_roles(everything: Plan) -> None:
    passing = [each for each in of_role(everything, "deploy") if "iam:PassRole" in each.actions]
    arns = {each.name: each["arn"] for each in everything.of("aws_iam_role", module="iam")}
    passed = {each.conditions["StringEquals"]["iam:PassedToService"]: set(each.resources) for each in passing}
    assert passed == {
        "ecs-tasks.amazonaws.com": {arns["task"], arns["execution"]},
        "ecs.amazonaws.com": {arns["infrastructure"]},
    }


def test_D2_a_deploy_changes_the_bounds_of_its_own_scaling_only(everything: Plan) -> None:
    (scaling,) = [
        each
        for each in of_role(everything, "deploy")
        if "application-autoscaling:RegisterScalableTarget" in each.actions
    ]
    target = everything.one("aws_appautoscaling_target")
    assert scaling.conditions == {"StringEquals": {OWNER_OF_SCALABLE_TARGET: target["tags"]["Name"]}}


def test_D2_without_a_repository_github_is_trusted_with_nothing(dev: Plan) -> None:
    assert dev.of("aws_iam_openid_connect_provider") == []
    assert dev.of("aws_iam_role", "deploy") == []


def test_E2_people_who_are_not_named_get_no_role(dev: Plan) -> None:
    assert dev.of("aws_iam_role", "operate") == []
    assert dev.of("aws_iam_role", "recover") == []


def test_E2_users_take_a_role_with_a_second_factor_and_roles_have_asked_for_it(everything: Plan) -> None:
    for name, principals in {"operate": [USER, ROLE], "recover": [USER]}.items():
        role = everything.one("aws_iam_role", name)
        where = f"{role.address}.assume_role_policy"
        trusts = [
            each for each in everything.statements() if each.where == where and each.actions == ("sts:AssumeRole",)
        ]
        assert [each.principals for each in trusts] == [(f"AWS {each}",) for each in principals]
        [of_users, *of_roles] = [each.conditions for each in trusts]
        assert of_users == {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
        assert of_roles == [{}] * len(of_roles)


def test_R4_a_recovery_deletes_nothing_on_aws(everything: Plan) -> None:
    actions = {action for each in of_role(everything, "recover") for action in each.actions}
    assert "rds:RestoreDBInstanceToPointInTime" in actions
    assert not {action for action in actions if "Delete" in action}


def test_S3_a_protected_key_outlives_what_it_encrypts(plan: Plan) -> None:
    for key in plan.of("aws_kms_key"):
        denied = [each for each in plan.statements() if each.where == f"{key.address}.policy" and each.effect == "Deny"]
        if plan.environment == "dev":
            assert denied == []
            continue
        (statement,) = denied
        assert statement.actions == ("kms:DisableKey", "kms:ScheduleKeyDeletion")
        assert (statement.principals, statement.conditions) == (("AWS *",), {})
