"""Documents as Word and PDF, and the check that a paper is what was signed."""
