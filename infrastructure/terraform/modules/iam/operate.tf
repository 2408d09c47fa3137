# What an operator may do besides what watch.tf, release.tf and verify.tf have: `spendsense logs` and `history`; `rollback`,
# `status`, `scale`, `run`, `restart`, `stop`, `wait`, `tasks` and `events` need nothing more. It ships nothing new.

resource "aws_iam_role_policy" "operate" {
  count = local.is_operated ? 1 : 0

  name   = "operate"
  role   = aws_iam_role.operate[0].id
  policy = data.aws_iam_policy_document.operate.json
}

data "aws_iam_policy_document" "operate" {
  source_policy_documents = [
    data.aws_iam_policy_document.watch.json,
    data.aws_iam_policy_document.release.json,
    data.aws_iam_policy_document.ship.json,
    data.aws_iam_policy_document.verify.json,
  ]

  # `history` asks for tags, `verify` also for the scan and the configuration.
  statement {
    sid = "Image"
    actions = [
      "ecr:BatchGetImage",
      "ecr:DescribeImageScanFindings",
      "ecr:DescribeImages",
      "ecr:DescribeRepositories",
      "ecr:GetDownloadUrlForLayer",
    ]
    resources = [var.repository_arn]
  }

  # `spendsense approve` and `reject`.
  statement {
    sid       = "DecideOnDeployment"
    actions   = ["ecs:ContinueServiceDeployment"]
    resources = [local.deployments_arn]
  }

  statement {
    sid       = "FollowLogs"
    actions   = ["logs:DescribeLogStreams", "logs:StartLiveTail"]
    resources = concat(var.log_group_arns, local.log_streams)
  }
}
