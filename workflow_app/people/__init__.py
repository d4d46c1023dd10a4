"""Who: units, persons, their roles with scope and dates, login."""
