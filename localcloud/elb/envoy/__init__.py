"""Load balancers as Envoy's configuration, and the Envoy processes."""
