"""Whether everything that must hold does hold."""
