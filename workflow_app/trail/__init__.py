"""What happened: events, their chain, look-up and verification."""
