"""RDS requests: what is offered, their fields, and checks in AWS's words."""
