# Empty containers for the tasks' secrets. Never a value: `spendsense secrets init` sets them, outside every plan and
# state.

locals {
  # The contents of each: JSON, with keys named for the task definition's valueFrom (<arn>:<key>::).
  contents = {
    database = "Connection string: url, and username, host, port, dbname. The password has its home in RDS's own secret"
    redis    = "Connection string with the AUTH token: url"
    jwt      = "Key that signs access tokens: secret_key"
    accounts = "Key of account ids, the same for as long as the database lasts: id_key"
    oauth    = "Client at the identity provider: client_id, client_secret"
  }
}

resource "aws_secretsmanager_secret" "this" {
  # checkov:skip=CKV2_AWS_57:none of these rotates by a schedule; the database's password, which does, has a secret of RDS's own
  for_each = local.contents

  name                    = "${var.name}/${each.key}"
  description             = each.value
  kms_key_id              = var.kms_key_arn
  recovery_window_in_days = var.recovery_window_days

  tags = { Name = "${var.name}/${each.key}" }
}
