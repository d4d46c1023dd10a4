"""What the pages of this package share."""

from flask import Blueprint
from werkzeug.wrappers import Response

bp = Blueprint("authentication", __name__)

Page = str | Response | tuple[str, int]
