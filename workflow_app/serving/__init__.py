"""The web server: connections, processes, stopping. Knows nothing of what is served."""
