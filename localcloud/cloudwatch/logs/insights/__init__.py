"""The Logs Insights query language: `parser` reads a query, `engine` runs it over log events. Pure."""
