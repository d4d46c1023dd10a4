"""Definitions: read from files, stored by version, ready as state machines."""
