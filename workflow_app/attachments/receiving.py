"""How much an upload may hold: all attachments of a document together, with a form around them."""

from flask_babel import gettext as _

from workflow_app.settings import Settings
from workflow_app.web.limits import Longest

MB = 1024 * 1024


def _most(settings: Settings) -> int:
    return (settings.attachments_mb + 1) * MB


def _say(settings: Settings) -> str:
    return _("一次最多上传 %(n)s MB，请分几次上传。", n=settings.attachments_mb)


BODIES = Longest(_most, _say)
