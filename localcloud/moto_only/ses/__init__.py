"""Amazon SES: patches of moto, and what is ours."""
