"""Attachments: whether lists and files are what was signed."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from workflow_app.attachments import lists
from workflow_app.extensions import db
from workflow_app.integrity.violations import Violation

#: Lets somebody watch: given (digest, size) of all files, hands them on one by one.
Watched = Callable[[Sequence[tuple[str, int]]], Iterable[tuple[str, int]]]
WHOLE = "附件的文件都在，内容与摘要相符"
QUICK = "附件的文件都在，大小相符（没有核对内容）"


def lists_wrong(_examination: object) -> Iterator[Violation]:
    return (Violation(why, artefact_id) for artefact_id, why in lists.wrong())


def files_wrong(*, quick: bool, watched: Watched) -> Iterator[Violation]:
    """Every accepted file read from its first byte to its last; ``quick``: its size alone."""
    files = lists.accepted()
    db.session.rollback()  # reading them may take long
    for digest, size in watched(files):
        if why := lists.file_wrong(digest, size, quick=quick):
            yield Violation(why)
