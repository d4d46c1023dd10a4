"""What a Word file says: opened with suspicion, its text, numbers and tables as a reader sees them."""
