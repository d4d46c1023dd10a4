"""Measurements. ``python -m bench`` prints them as one table; only ratios of one run mean anything."""
