"""A county to try things in. Refused in production."""
