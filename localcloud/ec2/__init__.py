"""Amazon EC2: the networks that moto records, and the resources that use them."""
