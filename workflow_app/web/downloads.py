"""Names of files that are sent."""

from urllib.parse import quote

from flask import Response


def named(response: Response, name: str, plain: str, *, keep: bool = True) -> Response:
    """The response under a name of any script (RFC 6266), and an ASCII one for programs that know no other.

    Args:
        keep: to be kept rather than shown.
    """
    response.headers.set(
        "Content-Disposition",
        "attachment" if keep else "inline",
        **{"filename": plain, "filename*": f"UTF-8''{quote(name, safe='')}"},
    )
    return response
