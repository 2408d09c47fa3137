"""Bank exports come in: checked whole, kept raw, merged once."""
