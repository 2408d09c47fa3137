# AWS WAF in front of the load balancer, optional: it costs per month, rule and request.

locals {
  # In this order. `counted`: rules that only count, because they would refuse legitimate uploads: transaction files
  # are larger than 8 KiB and may contain any text.
  managed_rules = {
    AWSManagedRulesAmazonIpReputationList = { priority = 10, counted = [] }
    AWSManagedRulesKnownBadInputsRuleSet  = { priority = 20, counted = [] }
    AWSManagedRulesCommonRuleSet = {
      priority = 30
      counted  = ["SizeRestrictions_BODY", "CrossSiteScripting_BODY", "GenericLFI_BODY", "GenericRFI_BODY"]
    }
  }
  # Requests in five minutes from one address; the service has its own, finer limits for users and log-ins.
  requests_per_address = 10000
}

resource "aws_wafv2_ip_set" "gateway" {
  count = var.waf_enabled && var.gateway != null ? 1 : 0

  name               = "${var.name}-api-gateway"
  description        = "Where the API Gateway asks from"
  scope              = "REGIONAL"
  ip_address_version = "IPV4"
  addresses          = var.gateway.cidrs

  tags = { Name = "${var.name}-api-gateway" }

  # Without a gateway the ACL is changed first: WAF deletes no set that is in use.
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_wafv2_web_acl" "this" {
  # checkov:skip=CKV_AWS_192:AWSManagedRulesKnownBadInputsRuleSet is among managed_rules, which it does not resolve
  count = var.waf_enabled ? 1 : 0

  name        = var.name
  description = "Before the load balancer: known attackers, known attacks, floods"
  scope       = "REGIONAL"

  default_action {
    allow {}
  }

  rule {
    name     = "flood"
    priority = 0

    action {
      block {}
    }

    statement {
      rate_based_statement {
        limit              = local.requests_per_address
        aggregate_key_type = "IP"

        # Behind the gateway all requests have its address.
        dynamic "scope_down_statement" {
          for_each = aws_wafv2_ip_set.gateway

          content {
            not_statement {
              statement {
                ip_set_reference_statement {
                  arn = scope_down_statement.value.arn
                }
              }
            }
          }
        }
      }
    }

    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "flood"
      sampled_requests_enabled   = true
    }
  }

  dynamic "rule" {
    for_each = aws_wafv2_ip_set.gateway

    content {
      name     = "flood-through-gateway"
      priority = 1

      action {
        block {}
      }

      statement {
        rate_based_statement {
          limit              = local.requests_per_address
          aggregate_key_type = "FORWARDED_IP"

          forwarded_ip_config {
            header_name       = var.gateway.client_header
            fallback_behavior = "NO_MATCH"
          }

          # From anywhere else the header is forged.
          scope_down_statement {
            ip_set_reference_statement {
              arn = rule.value.arn
            }
          }
        }
      }

      visibility_config {
        cloudwatch_metrics_enabled = true
        metric_name                = "flood-through-gateway"
        sampled_requests_enabled   = true
      }
    }
  }

  dynamic "rule" {
    for_each = local.managed_rules

    content {
      name     = rule.key
      priority = rule.value.priority

      override_action {
        none {}
      }

      statement {
        managed_rule_group_statement {
          vendor_name = "AWS"
          name        = rule.key

          dynamic "rule_action_override" {
            for_each = rule.value.counted

            content {
              name = rule_action_override.value

              action_to_use {
                count {}
              }
            }
          }
        }
      }

      visibility_config {
        cloudwatch_metrics_enabled = true
        metric_name                = rule.key
        sampled_requests_enabled   = true
      }
    }
  }

  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = var.name
    sampled_requests_enabled   = true
  }

  tags = { Name = var.name }
}

resource "aws_wafv2_web_acl_association" "this" {
  count = var.waf_enabled ? 1 : 0

  web_acl_arn  = aws_wafv2_web_acl.this[0].arn
  resource_arn = aws_lb.this.arn
}

resource "aws_cloudwatch_log_group" "waf" {
  # checkov:skip=CKV_AWS_338:M2 asks for 30 days
  count = var.waf_enabled ? 1 : 0

  name              = "aws-waf-logs-${var.name}" # WAF writes only to groups whose names start like this
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn

  tags = { Name = "aws-waf-logs-${var.name}" }
}

resource "aws_wafv2_web_acl_logging_configuration" "this" {
  count = var.waf_enabled ? 1 : 0

  resource_arn            = aws_wafv2_web_acl.this[0].arn
  log_destination_configs = [aws_cloudwatch_log_group.waf[0].arn]

  # Whoever reads this log must not be able to act as a user.
  redacted_fields {
    single_header {
      name = "authorization"
    }
  }

  redacted_fields {
    single_header {
      name = "cookie"
    }
  }
}
