"""ELBv2: load balancers, listeners, rules, target groups."""
