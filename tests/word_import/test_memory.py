"""A file that is too long is refused before it costs anything."""

import pytest

from tests.word_import.word_files import changed, made
from workflow_app.word_reading import opening
from workflow_app.word_reading.memory import measured
from workflow_app.word_reading.opening import NotImported
from workflow_app.word_reading.reading import MAX_CHARACTERS, read


def long_file(characters: int) -> bytes:
    lines = b"".join(
        f"<w:p><w:r><w:t>{number:06d}条研修</w:t></w:r></w:p>".encode() for number in range(characters // 9)
    )
    return changed(
        made("一"), {"word/document.xml": lambda old: old.replace(b"<w:body>", b"<w:body>" + lines, 1)}
    )


def test_no_tree_is_built_of_too_much_text(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[int] = []
    parsed = opening._parsed

    def counted(data: bytes) -> object:
        built.append(len(data))
        return parsed(data)

    monkeypatch.setattr(opening, "_parsed", counted)
    with pytest.raises(NotImported) as caught:
        read(long_file(MAX_CHARACTERS + 1000))
    assert caught.value.code == "too_much_text"
    assert max(built) < 100_000  # relations and content types, not the text


def test_as_much_as_is_allowed_is_read() -> None:
    assert len(read(long_file(MAX_CHARACTERS - 1000)).blocks) > 30_000


@pytest.mark.parametrize("size", [10, 100_000, 1_000_000])
def test_text_is_measured_across_the_pieces_it_is_read_in(size: int) -> None:
    text = ("研修" * size)[:size]
    xml = f"<a>\n <w:t x='<>'>{text}</w:t>\n</a>".replace("'<>'", "'1'").encode()
    found = measured(xml[at : at + 70_001] for at in range(0, len(xml), 70_001))
    assert (found.characters, found.tags, found.unseen) == (size, 4, False)
    assert measured([b"<w:del", b"Text>x</w:delText>"]).unseen
