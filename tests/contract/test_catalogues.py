"""The catalogues have every word that the source marks, in each language, and are compiled as they stand."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from portal.web.script_sentences import SENTENCES
from tests.environment import ROOT, product_environment
from tests.fixtures.parts import program

LOCALE = ROOT / "portal" / "locale"
LANGUAGES = ("de", "fr")
SCRIPTS = ROOT / "portal" / "web" / "static" / "portal"


def catalogue(language: str, root: Path = LOCALE) -> Catalog:
    with (root / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        return read_po(file)


def messages_of(found: Catalog) -> dict[object, Message]:
    return {(message.context, sources(message)[0]): message for message in found if message.id}


def forms(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


def sources(message: Message) -> list[str]:
    return [message.id] if isinstance(message.id, str) else list(message.id)


def places(text: str) -> set[str]:
    """What is put into a sentence, in either way of writing it."""
    if found := re.findall(r"%\((\w+)\)s", text):
        return set(found)
    try:
        return {name for _, name, _, _ in Formatter().parse(text) if name}
    except ValueError:
        return set()


def tags(text: str) -> Counter[str]:
    return Counter(re.findall(r"</?[a-z]+[^>]*>", text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_translated_and_none_is_a_guess(language: str) -> None:
    found = messages_of(catalogue(language)).values()
    assert [message.id for message in found if message.fuzzy or not all(forms(message))] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_put_into_a_sentence_and_its_tags_are_the_same_in_its_translation(language: str) -> None:
    wrong = []
    for message in messages_of(catalogue(language)).values():
        wanted = set().union(*map(places, sources(message)))
        for text in forms(message):
            # A single one may go without its number.
            if not places(text) <= wanted or (len(forms(message)) == 1 and places(text) != wanted):
                wrong.append(text)
            if tags(text) not in [tags(source) for source in sources(message)]:
                wrong.append(text)
    assert wrong == []


def edges(text: str) -> tuple[str, str]:
    """The blanks and stops before the first word, and the blanks after the last: what joins a part to its sentence."""
    return text[: len(text) - len(text.lstrip(" \n\u00a0,;:.·"))], text[len(text.rstrip()) :]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_part_of_a_sentence_is_joined_to_it_in_its_translation_too(language: str) -> None:
    found = messages_of(catalogue(language)).values()
    wrong = [text for message in found for text in forms(message) if edges(text) != edges(sources(message)[0])]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_what_the_written_one_says(language: str) -> None:
    with (LOCALE / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        compiled = messages_of(read_mo(file))
    written = messages_of(catalogue(language))
    assert {key: forms(each) for key, each in compiled.items()} == {key: forms(each) for key, each in written.items()}


def test_every_marked_word_of_the_source_is_in_the_catalogues_and_no_other(tmp_path: Path) -> None:
    program("xgettext")
    program("msgmerge")
    copied = tmp_path / "portal"
    ignored = shutil.ignore_patterns("__pycache__", "*.mo", "migrations")
    shutil.copytree(ROOT / "portal", copied, ignore=ignored)
    settings = product_environment(secret_key="for-this-test-only", database_url="sqlite:///:memory:")
    # The settings name the catalogues of the repository: the copy has its own, in the folder that it is run in.
    command = [sys.executable, str(ROOT / "manage.py"), "makemessages", "--all", "--no-obsolete", "--verbosity=0"]
    subprocess.run(command, cwd=copied, env=settings | {"PYTHONPATH": str(ROOT)}, check=True, timeout=120)
    for language in LANGUAGES:
        assert set(messages_of(catalogue(language, copied / "locale"))) == set(messages_of(catalogue(language)))


SAYS_AT = {"format_html": 0, "ValidationError": 0} | dict.fromkeys(("success", "info", "warning", "error"), 1)
"""Calls that tell a person something, and the place of what they tell."""


def words_in(node: ast.expr) -> str:
    """What a text of the source says as it stands, without tags and what is put into it."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    text = "".join(str(each.value) for each in parts if isinstance(each, ast.Constant))
    return " ".join(re.findall(r"[A-Za-z]{2,}", re.sub(r"<[^>]*>|{\w*}|[\w-]+=", " ", text)))


def test_what_is_told_from_the_source_is_marked() -> None:
    unmarked = []
    for path in (ROOT / "portal").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            is_log = isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "log"
            place = SAYS_AT.get(name, len(node.args))
            if place < len(node.args) and not is_log and words_in(node.args[place]):
                unmarked.append(f"{path.relative_to(ROOT)}: {words_in(node.args[place])}")
    assert unmarked == []


MARKED = re.compile(r"{% blocktranslate.*?{% endblocktranslate %}|{% block main_class %}.*?{% endblock %}", re.DOTALL)
NO_WORDS = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}|<(script|style).*?</\1>", re.DOTALL)


def unmarked_in(template: str) -> list[str]:
    """Words of a template that stand between its tags, in what is read out, or in place of a value."""
    text = NO_WORDS.sub(" ", MARKED.sub(" ", template))
    defaults = re.findall(r'\|default:"([A-Za-z. ]{3,})"', template)
    heard = re.findall(r'(?:title|aria-label|placeholder|alt)="([^"<>]*)', text)
    said = [*re.sub(r"<[^>]*>", "\n", text).splitlines(), *heard, *defaults]
    return [" ".join(each.split()) for each in said if re.search(r"[A-Za-z]{3,}", each.replace("Rollcall", ""))]


def test_what_templates_say_is_marked() -> None:
    paths = (ROOT / "portal").glob("*/templates/**/*.html")
    found = {str(path.relative_to(ROOT)): unmarked_in(path.read_text("utf-8")) for path in paths}
    assert {path: words for path, words in found.items() if words} == {}


def test_what_scripts_say_is_in_the_list_of_their_sentences() -> None:
    said = set()
    for path in SCRIPTS.glob("*.js"):
        said |= set(re.findall(r'\bword\("([^"]+)"', path.read_text("utf-8")))
    assert said == set(SENTENCES)
