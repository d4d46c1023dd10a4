"""How a document moves: the only place that changes a state."""
