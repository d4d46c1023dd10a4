"""A table of contents that somebody typed: told from the headings it names."""

import re
from collections.abc import Sequence
from dataclasses import replace

from workflow_app.word_import.pieces import squash
from workflow_app.word_reading.blocks import Block, Paragraph

_NAME = re.compile(r"目录|目次|contents|tableofcontents", re.IGNORECASE)
_PAGE = re.compile(r"[\s.…·．。—\-_]*[(（]?\d{1,3}[)）]?$")
_LEADER = re.compile(r"\S.*?(?:\.{3,}|…+|·{3,}|．{2,}|_{3,}|-{4,})\s*[(（]?\d{1,3}[)）]?$")
#: A table of contents without a heading of its own has at least so many lines.
FEWEST_LINES = 2
LONGEST_ENTRY = 60


def marked(blocks: Sequence[Block]) -> Sequence[Block]:
    """The blocks, with the lines of a typed table of contents said to be one."""
    lines = [line for block in blocks if isinstance(block, Paragraph) for line in block.words.split("\n")]
    last = {squash(line): index for index, line in enumerate(lines)}
    made: list[Block] = list(blocks)
    at = 0
    run: list[int] = []
    headed = False
    for index, block in enumerate(blocks):
        if not isinstance(block, Paragraph):
            _mark(made, run, headed)
            run, headed = [], False
            continue
        entries = block.words.split("\n")
        in_body = block.source == "body"
        if in_body and not run and _NAME.fullmatch(squash(block.words)):
            run, headed = [index], True
        elif in_body and all(_is_entry(one, last, at + on, headed) for on, one in enumerate(entries)):
            run.append(index)
        else:
            _mark(made, run, headed)
            run, headed = [], False
        at += len(entries)
    _mark(made, run, headed)
    return made


def _is_entry(line: str, last: dict[str, int], at: int, headed: bool) -> bool:
    """Whether a line names a heading further on, or leads to a page by dots."""
    if len(line) > LONGEST_ENTRY:
        return False
    if _LEADER.fullmatch(line):
        return True
    paged = _PAGE.search(line)
    name = squash(line[: paged.start()] if paged else line)
    if last.get(name, -1) > at:
        return headed or bool(paged)
    return False


def _mark(made: list[Block], run: Sequence[int], headed: bool) -> None:
    if len(run) < FEWEST_LINES:
        return
    for index in run:
        block = made[index]
        assert isinstance(block, Paragraph)
        made[index] = replace(block, source="contents", level=None)
