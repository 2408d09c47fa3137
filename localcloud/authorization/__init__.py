"""AWS's authorization decision: pure, from a request and the policies that apply to it."""
