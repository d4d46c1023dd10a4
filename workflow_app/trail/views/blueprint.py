"""What the pages of this package share."""

from flask import Blueprint

bp = Blueprint("trail", __name__, url_prefix="/trail")
