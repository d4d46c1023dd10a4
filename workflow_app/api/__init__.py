"""The JSON API: the same services, for programs."""
