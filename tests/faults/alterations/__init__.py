"""Alterations of the database behind the product's back, and what finds each.

Somebody who owns the database takes the triggers off, changes rows with SQL, makes hashes anew where that
can be done without a key, and puts the triggers back. Every kind is tried at places chosen at random.
"""
