"""Style sheets, scripts and the sign of the product: made small once, named by their content.

The sources under ``static/`` are for people to read; a browser gets what ``Assets.get`` makes of them
when it is first asked for. The address carries a fingerprint of all of them, so browsers keep them for
good, and a script may import another by its place beside it.
"""

import gzip
import hashlib
import mimetypes
import posixpath
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from flask import Flask, Response, abort, current_app, request
from markupsafe import Markup

from workflow_app.web.presentation import url_for

#: Sheets that are served as one, in the order of their rules; any other is served by itself.
SHEETS = {
    "app.css": (
        "base",
        "frame",
        "navigation",
        "cards",
        "buttons",
        "notes",
        "lists",
        "tables",
        "forms",
        "timeline",
        "kept",
        "print",
    ),
    "document.css": ("document", "steps", "points", "dialogs"),
    "review.css": ("changes", "remarks"),
}
IMPORT = re.compile(r"""^import\s[^;]*?["'](\.{1,2}/[\w./-]+\.js)["'];""", re.MULTILINE)
A_YEAR = 365 * 86400
GZIP_BEST, BROTLI_BEST = 9, 11


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent, by content encoding; ``""`` is as it stands."""

    mimetype: str
    bodies: dict[str, bytes]


class Assets:
    """The static files of one application."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._made: dict[str, Asset] = {}
        self._imports: dict[str, list[str]] = {}

    @cached_property
    def version(self) -> str:
        """A fingerprint of all the sources."""
        digest = hashlib.sha256()
        for path in sorted(path for path in self.folder.rglob("*") if path.is_file()):
            digest.update(path.relative_to(self.folder).as_posix().encode() + b"\0" + path.read_bytes())
        return digest.hexdigest()[:10]

    def source(self, name: str) -> str:
        """The text behind a name. Raises FileNotFoundError for a name that is none of ours."""
        if name.endswith(".css"):
            parts = SHEETS.get(name, (name.removesuffix(".css"),))
            return "".join(self._read(f"css/{part}.css") for part in parts)
        return self._read(name)

    def _read(self, name: str) -> str:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\0" in name:
            raise FileNotFoundError(name)
        file = self.folder / path
        if not file.is_file():
            raise FileNotFoundError(name)
        return file.read_text(encoding="utf-8")

    def get(self, name: str) -> Asset:
        """The file as it is sent, made on the first call. Raises FileNotFoundError."""
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def _make(self, name: str) -> Asset:
        import brotli

        body = self._text(name).encode()
        return Asset(
            mimetypes.guess_type(name)[0] or "application/octet-stream",
            {
                "": body,
                "gzip": gzip.compress(body, GZIP_BEST, mtime=0),
                "br": brotli.compress(body, quality=BROTLI_BEST),
            },
        )

    def _text(self, name: str) -> str:
        """A style sheet minified. Scripts stay whole: compressed, their comments weigh next to nothing."""
        import rcssmin

        text = self.source(name)
        return str(rcssmin.cssmin(text)) if name.endswith(".css") else text

    def imports(self, name: str) -> list[str]:
        """The scripts that a script needs, its own imports first and theirs after; each once.

        Looked up in the sources once, as everything else about them.
        """
        if name not in self._imports:
            self._imports[name] = self._find_imports(name)
        return self._imports[name]

    def _find_imports(self, name: str) -> list[str]:
        found: list[str] = []
        waiting = [name]
        while waiting:
            here = PurePosixPath(waiting.pop(0))
            for relative in IMPORT.findall(self.source(str(here))):
                other = posixpath.normpath(str(here.parent / relative))
                if other != name and other not in found:
                    found.append(other)
                    waiting.append(other)
        return found


# --- in templates ----------------------------------------------------------------------------


def _assets() -> Assets:
    found: Assets = current_app.extensions["assets"]
    return found


def asset(name: str) -> str:
    """The address of a static file, with the fingerprint."""
    return url_for("asset", version=_assets().version, name=name)


def script(name: str) -> Markup:
    """The tags of a script of ``static/js``; what it imports is fetched beside it, not after it."""
    assets = _assets()
    tag = Markup('<link rel="modulepreload" href="{}">\n')
    needed = Markup("").join(tag.format(asset(other)) for other in assets.imports(f"js/{name}"))
    return needed + Markup('<script type="module" src="{}"></script>').format(asset(f"js/{name}"))


# --- serving ---------------------------------------------------------------------------------


def _serve(version: str, name: str) -> Response:
    assets = _assets()
    try:
        found = assets.get(name)
    except FileNotFoundError:
        abort(404)
    accepted = request.accept_encodings
    encoding = next((kind for kind in ("br", "gzip") if accepted[kind] > 0), "")
    response = Response(found.bodies[encoding], mimetype=found.mimetype)
    if encoding:
        response.headers["Content-Encoding"] = encoding
    response.headers["Vary"] = "Accept-Encoding"
    # A page from before an upgrade asks by the old name: it gets what there is, and nobody keeps it.
    if version == assets.version:
        response.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    else:
        response.headers["Cache-Control"] = "no-cache"
    return response


def init_app(app: Flask) -> None:
    """Serve ``static/`` and give templates the addresses."""
    app.extensions["assets"] = Assets(Path(__file__).resolve().parent.parent / "static")
    app.add_url_rule("/static/<version>/<path:name>", "asset", _serve)
    app.jinja_env.globals.update(asset=asset, script=script)
