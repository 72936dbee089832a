"""Texts become documents and come back as they were; what people add to documents is read."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.backends.jira.adf import document, text_of
from bridge.backends.jira.wiki import inert
from bridge.domain.json import JsonValue
from bridge.sandbox.jira.adf import text_in

#: What is left of any text once it can be sent.
TEXTS = st.text(st.characters(exclude_categories=("Cc", "Cs"), include_characters="\n\t"))


@given(TEXTS)
def test_a_text_comes_back_as_it_was(text: str) -> None:
    assert text_of(document(text)) == text


@given(TEXTS)
def test_a_text_becomes_a_document_that_jira_takes(text: str) -> None:
    assert text_in(document(text)) == text


def test_a_blank_line_parts_paragraphs_and_a_line_feed_lines() -> None:
    assert document("a\nb\n\nc") == {
        "type": "doc",
        "version": 1,
        "content": [
            {
                "type": "paragraph",
                "content": [
                    {"type": "text", "text": "a"},
                    {"type": "hardBreak"},
                    {"type": "text", "text": "b"},
                ],
            },
            {"type": "paragraph", "content": [{"type": "text", "text": "c"}]},
        ],
    }


def test_nothing_is_an_empty_document() -> None:
    assert document("") == {"type": "doc", "version": 1, "content": []}


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("see https://wiki.example.com/a?b=c#d.", "https://wiki.example.com/a?b=c#d"),
        ("(http://r)", "http://r"),
        ('"https://a.example.com/x", then', "https://a.example.com/x"),
    ],
)
def test_an_address_becomes_a_link_without_what_follows_it(text: str, address: str) -> None:
    said = json.dumps(document(text))
    link = {
        "type": "text",
        "text": address,
        "marks": [{"type": "link", "attrs": {"href": address}}],
    }
    assert json.dumps(link) in said


@pytest.mark.parametrize("text", ["javascript:alert(1)", "ftp://x.example.com", "https://"])
def test_only_addresses_of_pages_become_links(text: str) -> None:
    assert "marks" not in json.dumps(document(text))


def test_a_document_of_very_many_lines_is_hardly_longer_than_its_text() -> None:
    text = "\n" * 30_000 + "x"
    said = document(text)
    assert len(json.dumps(said)) < 3 * len(text)
    assert text_of(said) == text


def test_what_people_write_with_is_read() -> None:
    words: JsonValue = [{"type": "text", "text": "one"}]
    item: JsonValue = {"type": "listItem", "content": [{"type": "paragraph", "content": words}]}
    said: JsonValue = {
        "type": "doc",
        "version": 1,
        "content": [
            {"type": "heading", "attrs": {"level": 2}, "content": words},
            {"type": "bulletList", "content": [item, item]},
            {"type": "paragraph", "content": [
                {"type": "mention", "attrs": {"id": "1", "text": "@Ann"}},
                {"type": "inlineCard", "attrs": {"url": "https://a"}},
            ]},
            {"type": "mediaSingle", "content": [{"type": "media", "attrs": {"id": "x"}}]},
        ],
    }  # fmt: skip
    assert text_of(said).split() == ["one", "one", "one", "@Annhttps://a"]


def test_what_is_no_document_says_nothing_however_deep_it_goes() -> None:
    deep: JsonValue = {"type": "text", "text": "x"}
    for _ in range(500):
        deep = {"type": "blockquote", "content": [deep]}
    for said in (None, "text", 7, [], {}, {"content": None}, {"content": "ab"}, deep):
        assert text_of(said) == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[~ann] look", r"\[~ann] look"),
        ("{code}x{code}", r"\{code}x\{code}"),
        ("{color:red}x", r"\{color:red}x"),
        ("!https://x.example.com/a.png!", r"\!https://x.example.com/a.png!"),
        ('{job="a"} > 5! [31m *b* \\[~x]', '{job="a"} > 5! [31m *b* \\[~x]'),
    ],
)
def test_markup_that_does_something_is_made_inert_and_no_other(text: str, said: str) -> None:
    assert inert(text) == said
    assert inert(said) == said
