"""What becomes of each kind of character, and which texts are the same to a reader."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from workflows import characters
from workflows.characters import Unreadable, cleaned, legible, narrow, plain

#: What nobody can see and nobody misses, each between two Chinese characters.
REMOVED = (
    "\u200b\u2060\ufeff\u00ad\u180e\u034f\u2061\u2062\u2063\u2064\u206a\u206f\u3164\u115f\u1160\uffa0\u17b4\u17b5"
    "\ufffc\u200c\u200d\ufe0f\ufe0e\u180b\U000e0001\U000e0041\U000e007f\U0001d159\U0001d173"
)
REFUSED = {
    "direction": "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
    "control": "\x00\x07\x08\x0e\x1b\x1f\x7f\x80\x9f\ud800\udfff\ufdd0\ufdef\ufffe\uffff\U0001fffe\U0010ffff",
    "gloss": "\ufff9\ufffa\ufffb",
    "private": "\ue000\uf0b7\uf8ff\U000f0000\U00100000",
    "unknown": "\u0378\u0e3b\U00018cd6\U0001ffff"[:3],
}
#: What looks like one of them and is part of what is read.
KEPT = [
    "👨\u200d👩\u200d👧", "👩🏽\u200d⚕\ufe0f", "❤\ufe0f\u200d🔥", "☎\ufe0e", "1\ufe0f\u20e3", "#\u20e3", "🇨🇳",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "\U0001fae8", "\U0001fa89",
    "辻\U000e0100", "葛\U000e0101城", "逸\ufe00", "\U00031350\U0002ebf0", "\u3007", "⼯作", "⻋",
    "می\u200cخواهم", "ئۇ\u200cيغۇر", "क्\u200dष", "ශ්\u200dරී", "ᠨ\u180bᠠ", "ᠨᠠ\u180eᠠ", "ᠰᠤᠷᠭᠠᠨ",
    "۝", "\u0600۱", "སློབ", "ꆈꌠ", "제주", "ﬁ①㍿", "\u3000全角空格", "\xa0不换行", "\t缩进\n第二行",
]  # fmt: skip


@pytest.mark.parametrize("char", REMOVED, ids=lambda char: f"{ord(char):04X}")
def test_what_nobody_sees_is_removed(char: str) -> None:
    assert cleaned(f"主题{char}教研") == legible(f"主题{char}教研") == "主题教研"
    assert cleaned(char * 3) == ""
    assert narrow(f"3{char}6") == "36"
    assert plain(f"主题{char}教研") == "主题教研"


@pytest.mark.parametrize(
    ("kind", "char"),
    [(kind, char) for kind, chars in REFUSED.items() for char in chars],
    ids=lambda value: f"{ord(value):04X}" if len(value) == 1 else value,
)
def test_what_cannot_be_left_out_unnoticed_is_refused_with_its_place(kind: str, char: str) -> None:
    with pytest.raises(Unreadable) as refused:
        cleaned(f"主\u200b题{char}教研{char}")
    assert (refused.value.place, refused.value.char, refused.value.kind) == (3, char, kind)
    read = legible(f"主题{char}教研")
    assert char not in read
    assert cleaned(read) == read


def test_in_a_file_nothing_that_may_have_been_a_word_goes_without_a_trace() -> None:
    assert legible("王\ue5e5") == "王〓"
    assert legible("\uf0b7 目标") == " 目标"  # a bullet of a symbol font
    assert legible("\ufff9漢\ufffaかん\ufffb字") == "漢（かん）字"


@pytest.mark.parametrize("text", KEPT, ids=lambda text: "-".join(f"{ord(char):X}" for char in text))
def test_what_is_part_of_what_is_read_is_kept(text: str) -> None:
    for around in (text, f"甲{text}乙", f"x {text}\n"):
        assert cleaned(around) == legible(around) == unicodedata.normalize("NFC", around)


def test_line_breaks_and_the_blank_of_braille() -> None:
    assert cleaned("一\r\n二\r三\x0b四\x0c五\x85六\u2028七\u2029八") == "一\n二\n三\n四\n五\n六\n七\n八"
    assert cleaned("\u2800\u2800").strip() == ""
    assert cleaned("e\u200b\u0301") == "é"


ANY = st.text(st.characters(codec=None), max_size=20) | st.text(
    [*REMOVED, *"".join(REFUSED.values()), *"".join(KEPT), "a", "1", "中"], max_size=20
)


@given(ANY)
@example("\u180b\u200c")
@example("\u180e\u200d")
@example("\u1820\u180b\u200c")
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    read = legible(text)
    assert legible(read) == read
    assert unicodedata.is_normalized("NFC", read)
    read.encode()  # no half of a pair is left
    if {characters.kind(char) for char in text.replace("\x0b", "\n")} & characters.REFUSED - {"control"}:
        with pytest.raises(Unreadable):
            cleaned(text)
        return
    if not any(characters.kind(char) == "control" and char not in "\r\x0b\x0c\x85" for char in text):
        clean = cleaned(text)
        assert clean == read == cleaned(clean)
        assert not {characters.kind(char) for char in clean} & {*characters.REFUSED, "unseen", "blank"}


@given(ANY, ANY)
def test_what_nobody_sees_makes_no_difference(one: str, other: str) -> None:
    between = "".join(REMOVED)
    assert plain(one + between + other) == plain(one + other)
    assert plain(plain(one)) == plain(one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("⼯作", "工作"), ("⻋间", "车间"), ("豈", "豈"), ("ＡＢＣ", "abc"), ("㍿", "株式会社"),
        ("ｶﾞ", "ガ"), ("①", "1"), ("ΟΔΟΣ", "οδος"), ("ﷺ", "صلى الله عليه وسلم"), ("STRASSE", "straße"),
    ],
)  # fmt: skip
def test_the_same_to_a_reader(one: str, other: str) -> None:
    assert plain(one) == plain(other)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("２０２６－０９－０１", "2026-09-01"), ("１５：３０", "15:30"), ("Ｔｅａｃｈｅｒ０１", "Teacher01"),
        ("\u3000３６\u200b ", "36"), ("−5", "-5"), ("①", "①"), ("²", "²"), ("٢٠", "٢٠"), ("二十", "二十"),
    ],
)  # fmt: skip
def test_figures_and_letters_for_machines(typed: str, meant: str) -> None:
    assert narrow(typed) == meant
