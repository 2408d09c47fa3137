"""Deployments that shift traffic between two target groups, in stages."""
