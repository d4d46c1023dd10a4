"""PDF: its ends are looked at here, what is in it by ``pdf_look`` in a process of its own.

That module is not imported here: the server does without the parser.
"""

import logging
import re
import subprocess
import sys
from pathlib import Path

from workflow_app.errors import FileRefused
from workflow_app.files.refused import Data, broken

LOOK = Path(__file__).with_name("pdf_look.py")
#: So long the server waits; the other process ends itself after ``pdf_look.MOST_SECONDS`` of work.
MOST_WAIT = 30
MOST_PADDING = 65_536
#: Actions written plainly, also where no table of the file leads: other readers may find them there.
_PLAIN = re.compile(rb"/S\s*/(JavaScript|Launch)\b")

#: Verdict -> code and sentences.
REFUSALS = {
    "script": (
        "file_active",
        "PDF 里带有脚本，没有收。请打印成 PDF 再传。",
        "The PDF carries scripts.",
    ),
    "launch": (
        "file_active",
        "PDF 里带有启动程序的指令，没有收。请打印成 PDF 再传。",
        "The PDF launches programs.",
    ),
    "form": (
        "file_active",
        "PDF 里带有动态表单，或会把填写的内容发往别处，没有收。请打印成 PDF 再传。",
        "The PDF is a dynamic form, or sends what is typed elsewhere.",
    ),
    "media": (
        "file_active",
        "PDF 里嵌着视频、录音或三维内容，没有收。请打印成 PDF 再传，视频和录音另作附件。",
        "The PDF embeds films, sound or three-dimensional content.",
    ),
    "embedded": (
        "file_active",
        "PDF 里夹带着别的文件，没有收。请打印成 PDF 再传，里面的文件另作附件。",
        "The PDF carries other files.",
    ),
    "outside": (
        "file_active",
        "PDF 会去打开别处的文件或网址，没有收。请打印成 PDF 再传。",
        "The PDF opens files or addresses elsewhere.",
    ),
    "encrypted": (
        "file_encrypted",
        "PDF 要输密码才能打开，请去掉密码再传。",
        "The PDF asks for a password.",
    ),
    "bomb": (
        "file_bomb",
        "PDF 解开后大得异常，或者结构异常复杂，没有收。请打印成 PDF 再传。",
        "The PDF is abnormally large or deep once unpacked.",
    ),
}

log = logging.getLogger(__name__)


def check(data: Data) -> None:
    """Where it ends, and what is written in it plainly.

    Raises:
        FileRefused: not complete, with something behind it, with an action that runs something.
    """
    end = data.rfind(b"%%EOF")
    if end < 0 or data.find(b"startxref") < 0:
        raise broken("PDF 不完整", "the PDF has no end")
    if (
        bytes(data[end + 5 : end + 5 + MOST_PADDING]).strip(b"\r\n\t \0\x1a")
        or len(data) - end > MOST_PADDING
    ):
        raise FileRefused(
            "file_polyglot", "PDF 的末尾还接着别的内容，没有收。", "Something follows the end of the PDF."
        )
    if plain := _PLAIN.search(data):
        raise FileRefused(*REFUSALS["script" if plain[1] == b"JavaScript" else "launch"])


def look_into(path: Path) -> None:
    """Every object of the file, packed or not.

    Raises:
        FileRefused: active, encrypted, abnormally large, or not readable even with repairs.
    """
    verdict = _verdict(path)
    if verdict == "broken":
        raise broken("PDF 的结构不对", "its objects cannot be read")
    if verdict:
        raise FileRefused(*REFUSALS[verdict])


def _verdict(path: Path) -> str:
    # Isolated (-I): neither the folder it is started in nor the environment decides what it imports.
    command = [sys.executable, "-I", str(LOOK), str(path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=MOST_WAIT)  # noqa: S603
    except subprocess.TimeoutExpired:
        return "bomb"
    if done.stderr:
        log.warning("PDF %s: %s", path.name, done.stderr.strip()[-2000:])
    if done.returncode < 0:  # ended by the system: time or memory used up
        return "bomb"
    done.check_returncode()
    return done.stdout.strip()
