resource "aws_secretsmanager_secret" "this" {
  name                    = "spend/mail"
  description             = "Password of the mail server"
  recovery_window_in_days = 7
  tags                    = { Name = "mail" }
}

resource "aws_secretsmanager_secret" "chosen" {
  name_prefix             = "spend-"
  recovery_window_in_days = 0
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Deny"
      Principal = "*"
      Action    = ["secretsmanager:GetSecretValue"]
      Resource  = "*"
    }]
  })
}

resource "aws_secretsmanager_secret" "copied" {
  name                    = "spend/copied"
  recovery_window_in_days = 0
  replica {
    region = "us-east-1"
  }
}

resource "aws_ssm_parameter" "plain" {
  name           = "/spend/deployed"
  description    = "What serves"
  type           = "String"
  insecure_value = jsonencode({ image = "none" })
  tags           = { Name = "deployed" }
}

resource "aws_ssm_parameter" "secure" {
  name            = "/spend/password"
  type            = "SecureString"
  value           = "first"
  allowed_pattern = "^[a-z]+$"
}

resource "aws_ssm_parameter" "tiered" {
  name      = "/spend/limits"
  type      = "StringList"
  value     = "1,2,3"
  tier      = "Intelligent-Tiering"
  overwrite = true
  tags      = { Name = "limits" }
}
