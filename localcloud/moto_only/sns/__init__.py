"""SNS: patches of moto, and what is ours."""
