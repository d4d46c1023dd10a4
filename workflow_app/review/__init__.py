"""Reading closely: what changed between two revisions, and remarks on passages."""
