"""Word files coming in: read, placed into a form, looked through."""
