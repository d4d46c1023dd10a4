"""Alterations."""

KINDS: list = []
