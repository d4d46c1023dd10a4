"""A file that is not put together as its kind is."""

import mmap

from workflow_app.errors import FileRefused

#: A file as the checks read it.
Data = mmap.mmap | bytes


def broken(zh: str, en: str) -> FileRefused:
    """The file is of an accepted kind by its beginning, but not put together as that kind is."""
    return FileRefused(
        "file_broken", f"文件打不开：{zh}。请用原来的软件打开后另存一份再传。", f"Broken file: {en}."
    )
