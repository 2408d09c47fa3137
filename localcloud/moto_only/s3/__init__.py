"""S3: patches of moto, and what is ours."""
