"""A number for every request: on its answer (``X-Request-Id``), in the log of the application, in the
security log. Our own, never one that was sent: what a log is searched by is not for strangers to choose.
"""

import logging
import secrets

from flask import Flask, Response, g, has_request_context
from flask.logging import default_handler

HEADER = "X-Request-Id"
#: What a line of the application's log looks like.
FORMAT = "[%(asctime)s] %(levelname)s %(request_id)s %(name)s: %(message)s"


def current() -> str:
    """The number of the present request; "" outside of one."""
    if not has_request_context():
        return ""
    if "request_id" not in g:
        g.request_id = secrets.token_hex(6)
    return str(g.request_id)


def init_app(app: Flask) -> None:
    """Number the answers and the lines of the application's log."""
    app.after_request(_number)
    # All our loggers are below the application's own; Flask gives that one its handler when first asked.
    app.logger.debug("requests are numbered")
    if not any(isinstance(one, _Numbers) for one in default_handler.filters):
        default_handler.addFilter(_Numbers())
        default_handler.setFormatter(logging.Formatter(FORMAT))


def _number(response: Response) -> Response:
    response.headers[HEADER] = current()
    return response


class _Numbers(logging.Filter):
    """Tells each line of the log which request it is about; "-" for none."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current() or "-"
        return True
