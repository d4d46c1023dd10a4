"""Why nothing was sealed."""


class SealRefused(Exception):
    """The sealer does not go on; the sentence says why and what to do."""
