"""The county as tests speak of it. Extended where a test needs more words."""
