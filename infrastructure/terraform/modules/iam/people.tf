# Roles that people assume: one to operate the service, one to recover it. GitHub's jobs of the environment
# `<environment>-operate` (rollback.yml) may assume the first, too, and those of `<environment>-drill` (scheduled.yml) the
# second, but in prod. Those whom `deployers` names may take the deploy role of github.tf.

locals {
  is_deployed    = length(var.deployers) > 0 || local.deploys_from_github
  is_operated    = length(var.operators) > 0 || local.deploys_from_github
  is_recoverable = length(var.recovery_operators) > 0 || contains(keys(local.github_environments), "recover")

  assuming = { deploy = var.deployers, operate = var.operators, recover = var.recovery_operators }

  # IAM's default quota for a trust policy, in which it does not count white space.
  most_trust_characters = 2048
  trust_characters      = { for role, document in data.aws_iam_policy_document.trust : role => length(jsonencode(jsondecode(document.json))) }
}

resource "aws_iam_role" "operate" {
  count = local.is_operated ? 1 : 0

  name                 = "${var.name}-operate"
  description          = "People and jobs that look at the service, scale it, run tasks and roll it back"
  assume_role_policy   = data.aws_iam_policy_document.trust["operate"].json
  permissions_boundary = var.permissions_boundary_arn
  max_session_duration = 3600

  tags = { Name = "${var.name}-operate" }

  lifecycle {
    precondition {
      condition     = local.trust_characters["operate"] <= local.most_trust_characters
      error_message = "operators: the trust policy of ${var.name}-operate would have ${local.trust_characters["operate"]} characters, and IAM takes ${local.most_trust_characters}. Name one role that these people assume, instead of each of them."
    }
  }
}

resource "aws_iam_role" "recover" {
  count = local.is_recoverable ? 1 : 0

  name                 = "${var.name}-recover"
  description          = "People who restore database, files and service"
  assume_role_policy   = data.aws_iam_policy_document.trust["recover"].json
  permissions_boundary = var.permissions_boundary_arn
  # Seconds: longer than `spendsense recover` takes at most, by default two hours.
  max_session_duration = 10800

  tags = { Name = "${var.name}-recover" }

  lifecycle {
    precondition {
      condition     = local.trust_characters["recover"] <= local.most_trust_characters
      error_message = "recovery_operators: the trust policy of ${var.name}-recover would have ${local.trust_characters["recover"]} characters, and IAM takes ${local.most_trust_characters}. Name one role that these people assume, instead of each of them."
    }
  }
}

# Users prove with a second factor that it is they. A role's session does not carry that proof on: whoever lets people
# take that role asks for it there.
data "aws_iam_policy_document" "people_trust" {
  for_each = local.assuming

  dynamic "statement" {
    for_each = length([for arn in each.value : arn if strcontains(arn, ":user/")]) > 0 ? [1] : []

    content {
      sid     = "UsersWithMfa"
      actions = ["sts:AssumeRole"]

      principals {
        type        = "AWS"
        identifiers = [for arn in each.value : arn if strcontains(arn, ":user/")]
      }

      condition {
        test     = "Bool"
        variable = "aws:MultiFactorAuthPresent"
        values   = ["true"]
      }
    }
  }

  dynamic "statement" {
    for_each = length([for arn in each.value : arn if !strcontains(arn, ":user/")]) > 0 ? [1] : []

    content {
      sid     = "Roles"
      actions = ["sts:AssumeRole"]

      principals {
        type        = "AWS"
        identifiers = [for arn in each.value : arn if !strcontains(arn, ":user/")]
      }
    }
  }
}

data "aws_iam_policy_document" "trust" {
  for_each = local.assuming

  source_policy_documents = concat(
    length(each.value) > 0 ? [data.aws_iam_policy_document.people_trust[each.key].json] : [],
    [for role, document in data.aws_iam_policy_document.github_trust : document.json if role == each.key],
  )
}
