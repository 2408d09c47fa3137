# The AWS identities of GitHub's jobs (D-b): a GitHub token that is valid for minutes, instead of stored keys. Jobs of one
# repository in the GitHub environment of the same name deploy; those of `<environment>-operate` operate.

locals {
  deploys_from_github = var.github_repository != null && var.github_repository_ids != null

  # A token's subject names owner and repository, and for those created since 2026 also their ids. Both forms are
  # written out: a pattern that matches both would also match other repositories of the same owner.
  github_repositories = local.deploys_from_github ? [
    var.github_repository,
    format(
      "%s@%d/%s@%d",
      split("/", var.github_repository)[0], var.github_repository_ids.owner,
      split("/", var.github_repository)[1], var.github_repository_ids.repository,
    ),
  ] : []

  # Role -> the GitHub environment whose jobs take it.
  github_environments = local.deploys_from_github ? merge(
    { deploy = var.environment, operate = "${var.environment}-operate" },
    # The monthly drill of scheduled.yml. What serves customers is recovered by people alone.
    var.environment == "prod" ? {} : { recover = "${var.environment}-drill" },
  ) : {}

  github_provider_arn = var.github_oidc_provider_arn == null ? one(aws_iam_openid_connect_provider.github[*].arn) : var.github_oidc_provider_arn
}

# An account has one provider: if another deployment or project has created it, github_oidc_provider_arn names it.
resource "aws_iam_openid_connect_provider" "github" {
  count = local.deploys_from_github && var.github_oidc_provider_arn == null ? 1 : 0

  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]

  tags = { Name = "github" }
}

resource "aws_iam_role" "deploy" {
  count = local.is_deployed ? 1 : 0

  name                 = "${var.name}-deploy"
  description          = "GitHub jobs of the environment ${var.environment}, and deployers: push an image and ship it"
  assume_role_policy   = data.aws_iam_policy_document.trust["deploy"].json
  permissions_boundary = var.permissions_boundary_arn
  max_session_duration = 3600

  tags = { Name = "${var.name}-deploy" }

  lifecycle {
    precondition {
      condition     = local.trust_characters["deploy"] <= local.most_trust_characters
      error_message = "deployers: the trust policy of ${var.name}-deploy would have ${local.trust_characters["deploy"]} characters, and IAM takes ${local.most_trust_characters}. Name one role that these people assume, instead of each of them."
    }
  }
}

data "aws_iam_policy_document" "github_trust" {
  for_each = local.github_environments

  statement {
    sid     = "GitHub"
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
      values   = [for repository in local.github_repositories : "repo:${repository}:environment:${each.value}"]
    }

    # The environment's name alone would admit a job of any branch, unless GitHub's own rules forbid it.
    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:ref"
      values   = [var.github_ref]
    }
  }
}
