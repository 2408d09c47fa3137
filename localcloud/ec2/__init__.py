"""Amazon EC2: networks that moto records, and what uses them."""
