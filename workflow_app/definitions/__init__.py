"""Which machine is in force: definitions read from files, stored by version, ready as machines."""
