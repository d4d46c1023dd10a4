"""Look through one PDF, in a process of its own: ``python pdf_look.py FILE`` prints a verdict.

Whatever a hostile file does to the parser happens here and not in the server: time and memory are
limited, and a process that dies has given its answer. Every object is looked at, wherever it is kept;
no content, picture or font is unpacked. Standard library and pikepdf only: it is started as a file.

The verdicts are the keys of ``pdf.REFUSALS``, or ``""`` when nothing was found.
"""

import contextlib
import re
import sys
from collections.abc import Iterator
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

MB = 1024 * 1024
MOST_MEMORY, MOST_SECONDS = 1024 * MB, 10
#: Objects and cross-references are packed too; so much may come out of one stream of them.
MOST_UNPACKED = 128 * MB
MOST_OBJECTS, MOST_PAGES, MOST_WARNINGS, MOST_DEPTH = 300_000, 5_000, 1_000, 499

_RUNS = {"/JavaScript": "script", "/Launch": "launch", "/ImportData": "form", "/SubmitForm": "form"}
_SHOWS = {
    "/RichMedia": "media", "/3D": "media", "/Movie": "media", "/Sound": "media", "/Screen": "media",
    "/FileAttachment": "embedded",
}  # fmt: skip
#: Harmless on a click (the reader asks); not when nobody has clicked.
_LEADS_AWAY = {"/URI", "/GoToR", "/GoToE", "/Thread", "/Rendition", "/Movie", "/Sound", "/GoTo3DView"}
#: The web, mail, a telephone, this computer; or no scheme at all, and no share.
_SAFE = re.compile(r"(?i)(https?|mailto|tel|ftp):|file:///(?!/)|[a-z]:|(?![a-z0-9+.-]{2,}:|\\\\|//)")
#: What qpdf says when it leaves part of a file out; nobody then knows what stands there.
_LEFT_OUT = {
    "bomb": re.compile(r"limits error|memory|too many"),
    "broken": re.compile(r"error decoding|supposed object stream|EOF while reading"),
}
_TELLING = {"/S", "/Subtype", "/XFA", "/EF", "/F", "/OpenAction", "/AA"}


class Found(Exception):
    """The verdict."""


def look(path: str) -> str:
    """The verdict on the file at ``path``."""
    try:
        with pikepdf.open(path, suppress_warnings=True, inherit_page_attributes=False) as pdf:
            if not 0 < len(pdf.pages) <= MOST_PAGES:
                return "bomb" if len(pdf.pages) else "broken"
            _everything(pdf)
    except Found as found:
        return str(found)
    except pikepdf.PasswordError:
        return "encrypted"
    except MemoryError:
        return "bomb"
    except (pikepdf.PikepdfError, ValueError, TypeError, KeyError, AttributeError, RuntimeError) as error:
        print(repr(error), file=sys.stderr)
        return "broken"
    return ""


def _everything(pdf: pikepdf.Pdf) -> None:
    """Every object. A stream of objects that gives none could not be read: what does it hide?"""
    table = pdf.get_xref_table()
    if len(table) > MOST_OBJECTS:
        raise Found("bomb")
    unread = {entry.obj_stream_number for entry in table.values()} - {None}
    for key, entry in table.items():
        thing = pdf.get_object(key)
        if isinstance(thing, pikepdf.Object):
            _through(thing)
        if thing is not None:
            unread.discard(entry.obj_stream_number)
    warnings = "\n".join(map(str, pdf.get_warnings()))
    for verdict, said in _LEFT_OUT.items():
        if said.search(warnings):
            raise Found(verdict)
    if unread:
        raise Found("broken")


def _through(thing: Any) -> None:
    """Judge an object and all that is written inside it; what it refers to comes by itself."""
    if isinstance(thing, Name) and str(thing) in _RUNS:
        raise Found(_RUNS[str(thing)])  # kept apart from the action it names
    waiting = [thing]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Array):
            inner = iter(one)
        elif isinstance(one, (Dictionary, Stream)):
            _judge(one)
            inner = (value for _key, value in one.items())
        else:
            continue
        waiting += [value for value in inner if isinstance(value, pikepdf.Object) and not value.is_indirect]


def _judge(one: Any) -> None:
    keys = _TELLING.intersection(one.keys())
    for key, verdicts in (("/S", _RUNS), ("/Subtype", _SHOWS)):
        if key in keys and (verdict := verdicts.get(str(one[key]))):
            raise Found(verdict)
    if "/XFA" in keys:
        raise Found("form")
    if "/EF" in keys:
        raise Found("embedded")
    if "/F" in keys and isinstance(one, Stream):
        raise Found("outside")  # its content lies in another file
    if "/S" in keys:
        if "/JS" in one:
            raise Found("script")
        _destination(one)
    for key in keys & {"/OpenAction", "/AA"}:
        if any(str(action.get("/S")) in _LEADS_AWAY for action in _actions(one[key])):
            raise Found("outside")


def _actions(given: Any) -> Iterator[Any]:
    """The actions in a value of OpenAction or AA, and those that follow them."""
    waiting, left = [given], 1000
    while waiting:
        left -= 1
        if not left:
            raise Found("bomb")
        one = waiting.pop()
        if isinstance(one, Array):
            waiting.extend(value for value in one if isinstance(value, Dictionary))
        elif isinstance(one, Dictionary):
            if "/S" in one:
                yield one
                waiting.append(one.get("/Next"))
            else:
                waiting.extend(value for _trigger, value in one.items() if isinstance(value, Dictionary))


def _destination(action: Any) -> None:
    """Where a click leads: to the web or into a folder, not to a share, not into a script."""
    target = {"/URI": "/URI", "/GoToR": "/F", "/GoToE": "/F", "/Thread": "/F"}.get(str(action["/S"]))
    given = action.get(target) if target else None
    places = [given.get("/F"), given.get("/UF")] if isinstance(given, Dictionary) else [given]
    for place in places:
        if isinstance(place, pikepdf.String) and not _SAFE.match(str(place).strip()):
            raise Found("outside")


def _limit() -> None:
    with contextlib.suppress(ImportError):  # Windows; there the server stops waiting
        import resource

        for what, most in (
            (resource.RLIMIT_AS, MOST_MEMORY),
            (resource.RLIMIT_CPU, MOST_SECONDS),
            (resource.RLIMIT_CORE, 0),
        ):
            with contextlib.suppress(ValueError, OSError):  # less is allowed already
                resource.setrlimit(what, (most, most))
    pikepdf.settings.set_qpdf_limits(
        flate_max_memory=MOST_UNPACKED, png_max_memory=MOST_UNPACKED, tiff_max_memory=MOST_UNPACKED,
        run_length_max_memory=MOST_UNPACKED, dct_max_memory=1, parser_max_nesting=MOST_DEPTH,
        doc_max_warnings=MOST_WARNINGS, parser_max_container_size=2 * MOST_OBJECTS,
    )  # fmt: skip


if __name__ == "__main__":
    _limit()
    print(look(sys.argv[1]))
