"""Why a file is not accepted: a code for programs, a sentence for people."""

from dataclasses import dataclass


@dataclass
class FileRefused(Exception):
    """``code`` is stable: file_empty, file_too_large, file_kind, file_name, file_broken, file_macros,
    file_active, file_bomb, file_polyglot, file_encrypted, file_infected, too_many_files, files_too_large.
    """

    code: str
    zh: str
    en: str

    def say(self, lang: str = "zh") -> str:
        return self.zh if lang == "zh" else self.en


def broken(zh: str, en: str) -> FileRefused:
    """The file is of an accepted kind by its beginning, but not put together as that kind is."""
    return FileRefused(
        "file_broken", f"文件打不开：{zh}。请用原来的软件打开后另存一份再传。", f"Broken file: {en}."
    )
