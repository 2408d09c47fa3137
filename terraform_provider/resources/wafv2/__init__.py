"""WAF: web ACLs and what belongs to them."""
