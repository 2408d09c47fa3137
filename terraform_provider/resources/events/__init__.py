"""EventBridge: rules and targets."""
