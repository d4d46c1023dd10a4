"""Attachments: the lists that are signed, who may open what; the files themselves are in ``files``."""
