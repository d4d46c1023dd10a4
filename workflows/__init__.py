"""Definitions and the state machine: what states a document has, where it may go, who may move it.

Pure Python: knows nothing of the web, the database or the clock.
"""
