"""The quick way to canonical bytes is the same as the library's."""

import unicodedata

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from workflow_app import canonical

#: What the product stores: no floats in events, ASCII keys (they are ours), any text without surrogates.
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
KEY = st.text(st.characters(min_codepoint=1, max_codepoint=126), max_size=12)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(KEY, inner, max_size=5),
    max_leaves=25,
)


@given(PLAIN)
def test_plain_values_are_written_as_rfc_8785_says(value: object) -> None:
    assert canonical.dumps_plain(value) == rfc8785.dumps(value)


@given(PLAIN)
def test_what_was_written_is_read_back(value: object) -> None:
    assert canonical.loads(canonical.dumps_plain(value)) == value
    assert canonical.loads(canonical.dumps(value)) == value


@given(PLAIN)
def test_nfc_reaches_every_text_and_is_once_and_for_all(value: object) -> None:
    clean = canonical.nfc(value)
    assert canonical.nfc(clean) == clean
    written = canonical.dumps_plain(clean).decode()
    assert unicodedata.is_normalized("NFC", written) or "\\" in written


@given(st.dictionaries(KEY, PLAIN, max_size=6))
def test_the_order_of_keys_does_not_matter(value: dict[str, object]) -> None:
    assert canonical.digest(dict(reversed(value.items()))) == canonical.digest(value)
