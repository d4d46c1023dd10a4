"""A Word file as it comes with a request: no more of it is taken in than a Word file may have."""

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from workflow_app.web.limits import Longest
from workflow_app.word_reading.opening import MAX_BYTES, MB, NotImported

#: As large as a Word file with a form around it.
BODIES = Longest(lambda _settings: MAX_BYTES + MB, by_view=True)


def refuse_too_large() -> None:
    """Call before the form is read. Raises NotImported: it says itself that it is too large."""
    if (request.content_length or 0) > MAX_BYTES + MB:
        raise NotImported("file_too_large")


def sent_file() -> tuple[bytes, str]:
    """The bytes of the part ``file`` and the name its owner gave it.

    Raises:
        NotImported: there is none, or it is too large.
    """
    try:
        file = request.files.get("file")
    except RequestEntityTooLarge as error:
        raise NotImported("file_too_large") from error
    if file is None or not file.filename:
        raise NotImported("no_file")
    data = file.stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise NotImported("file_too_large")
    # The name without any folders; it is only shown, never used as a path.
    return data, file.filename.replace("\\", "/").rpartition("/")[2]
