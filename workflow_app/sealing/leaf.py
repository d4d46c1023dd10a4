"""What is sealed of an event: which log, which document, which place in its chain, and its hash.

The one place that says so; ``verifier/verify_trail.py`` says it again for those who trust nothing here.
"""

from workflow_app import canonical
from workflow_app.sealing import tree

VERSION = 1


def data(log: str, document: int, seq: int, event_hash: str) -> bytes:
    """The canonical text of a leaf. ``document`` is 0 for a log that is one chain."""
    return canonical.dumps_plain(
        {"v": VERSION, "log": log, "document": document, "seq": seq, "hash": event_hash}
    )


def digest(log: str, document: int, seq: int, event_hash: str) -> bytes:
    """The leaf's hash in the tree."""
    return tree.leaf_hash(data(log, document, seq, event_hash))
