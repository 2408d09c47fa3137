# What an operator may do besides what watch.tf and release.tf have: `spendsense logs` and `history`; `rollback`, `status`,
# `scale`, `run`, `restart`, `stop`, `wait`, `tasks` and `events` need nothing more. It ships nothing new.

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
  ]

  statement {
    sid       = "Image"
    actions   = ["ecr:DescribeImages"]
    resources = [var.repository_arn]
  }

  statement {
    sid       = "FollowLogs"
    actions   = ["logs:DescribeLogStreams", "logs:StartLiveTail"]
    resources = concat(var.log_group_arns, local.log_streams)
  }
}
