"""The services that moto alone answers, each with its patches and checks."""
