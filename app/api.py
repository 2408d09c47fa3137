"""Where the API's paths begin. Each router carries the whole prefix, so that its routes' templates are whole too."""

PREFIX = "/api/v1"
