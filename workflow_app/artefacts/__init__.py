"""What: documents, the drafts people type into, and the revisions frozen from them."""
