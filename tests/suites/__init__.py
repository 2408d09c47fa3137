"""Test suites that others wrote, run against plain moto and against the local cloud; see README.md."""
