"""The plugin process: the handshake with Terraform, gRPC, and protocol 5's requests and responses."""
