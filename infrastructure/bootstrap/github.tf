# The roles of terraform.yml. They are created here and not by the code that they apply: whoever may change everything
# must not be able to change who may do so.
#
# plan: any branch, because a pull request's plan is made before it is reviewed. It reads AWS's descriptions of resources
#   but not their contents, and only its environment's state, without a lock.
# apply: an administrator; only in jobs of github_ref, and after approval by the GitHub environment's reviewers.

locals {
  plans_from_github   = var.github_repository != null && var.github_repository_ids != null
  github_provider_arn = var.github_oidc_provider_arn == null ? one(aws_iam_openid_connect_provider.github[*].arn) : var.github_oidc_provider_arn

  # <environment>-<what>: the GitHub environment's own name.
  github_roles = local.plans_from_github ? {
    for pair in setproduct(var.environments, ["plan", "apply"]) :
    join("-", pair) => { environment = pair[0], applies = pair[1] == "apply" }
  } : {}

  # Built from names, so that nothing waits for anything.
  github_role_arns = {
    for name in keys(local.github_roles) : name => "arn:${local.partition}:iam::${local.account_id}:role/spendsense-terraform-${name}"
  }

  # Subjects without ids and with them, as in modules/iam/github.tf.
  github_repositories = local.plans_from_github ? [
    var.github_repository,
    format(
      "%s@%d/%s@%d",
      split("/", var.github_repository)[0], var.github_repository_ids.owner,
      split("/", var.github_repository)[1], var.github_repository_ids.repository,
    ),
  ] : []
}

resource "terraform_data" "rules" {
  lifecycle {
    precondition {
      condition     = length(setsubtract(keys(var.state_users), local.folders)) == 0
      error_message = "state_users: ${join(", ", setsubtract(keys(var.state_users), local.folders))}: not among environments, so no state of that name is stored here."
    }

    precondition {
      condition     = (var.github_repository == null) == (var.github_repository_ids == null)
      error_message = "github_repository and github_repository_ids must be set together: GitHub's tokens name the repository with or without its ids, and the role must trust both forms."
    }
  }
}

resource "aws_iam_openid_connect_provider" "github" {
  count = local.plans_from_github && var.github_oidc_provider_arn == null ? 1 : 0

  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]

  tags = { Name = "github" }
}

resource "aws_iam_role" "github" {
  for_each = local.github_roles

  name               = "spendsense-terraform-${each.key}"
  description        = "GitHub jobs of the environment ${each.key}"
  assume_role_policy = data.aws_iam_policy_document.github_trust[each.key].json
  # Seconds: the time limit of terraform.yml's jobs.
  max_session_duration = each.value.applies ? 5400 : 3600

  tags = { Name = "spendsense-terraform-${each.key}" }
}

data "aws_iam_policy_document" "github_trust" {
  for_each = local.github_roles

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [local.github_provider_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:sub"
      values   = [for repository in local.github_repositories : "repo:${repository}:environment:${each.key}"]
    }

    dynamic "condition" {
      for_each = each.value.applies ? [var.github_ref] : []

      content {
        test     = "StringEquals"
        variable = "token.actions.githubusercontent.com:ref"
        values   = [condition.value]
      }
    }
  }
}

# AWS keeps this policy up to date; a list of our own would become outdated.
resource "aws_iam_role_policy_attachment" "github" {
  # checkov:skip=CKV_AWS_274:an apply makes whatever the code says; who may take the role is bound to one branch and its reviewers
  for_each = local.github_roles

  role       = aws_iam_role.github[each.key].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/${each.value.applies ? "AdministratorAccess" : "ReadOnlyAccess"}"
}

resource "aws_iam_role_policy" "github_plan" {
  for_each = { for name, role in local.github_roles : name => role if !role.applies }

  name   = "plan"
  role   = aws_iam_role.github[each.key].id
  policy = data.aws_iam_policy_document.github_plan[each.key].json
}

data "aws_iam_policy_document" "github_plan" {
  # checkov:skip=CKV_AWS_356:a denial of everything
  for_each = { for name, role in local.github_roles : name => role if !role.applies }

  # A role of its own instead of one of roles.tf: a plan carries the backend's settings, and another role applies it.
  source_policy_documents = [data.aws_iam_policy_document.state_reader[each.value.environment].json]

  # ReadOnlyAccess can also read people's data: files, log lines, messages, rows. A plan needs none of it, nor the
  # state of another environment.
  statement {
    sid    = "NothingOfCustomers"
    effect = "Deny"
    actions = [
      "athena:GetQueryResults",
      "dynamodb:BatchGetItem",
      "dynamodb:PartiQLSelect",
      "dynamodb:Query",
      "dynamodb:Scan",
      "logs:FilterLogEvents",
      "logs:GetLogEvents",
      "logs:GetLogRecord",
      "logs:GetQueryResults",
      "logs:StartLiveTail",
      "logs:StartQuery",
      "rds:DownloadCompleteDBLogFile",
      "rds:DownloadDBLogFilePortion",
      "s3:GetObjectVersion",
      "secretsmanager:GetSecretValue",
      "sqs:ReceiveMessage",
    ]
    resources = ["*"]
  }

  statement {
    sid     = "NothingButItsState"
    effect  = "Deny"
    actions = ["dynamodb:GetItem", "kms:Decrypt", "s3:GetObject"]
    not_resources = [
      "${module.state.arn}/${each.value.environment}/*",
      aws_dynamodb_table.locks.arn,
      aws_kms_key.state.arn,
    ]
  }
}
