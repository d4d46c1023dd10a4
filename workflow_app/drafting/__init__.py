"""What happens to a document while it is written: begun, saved, pre-checked, its points answered."""
