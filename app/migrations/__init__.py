"""The schema and its history; run by app.migrate."""
