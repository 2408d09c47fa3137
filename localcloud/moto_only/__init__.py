"""The services that moto alone implements, each with its patches and checks."""
