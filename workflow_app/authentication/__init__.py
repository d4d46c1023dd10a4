"""Who somebody is: logging in and out, passwords, keys to the API."""
