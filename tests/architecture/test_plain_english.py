"""Mannered constructions stay rare in docs, comments and messages, and messages stay short."""

import ast
import io
import re
import subprocess
import tokenize
from functools import cache

import pytest

from tests.unit.docs.pages import ROOT

MANNERED = {
    "a clause instead of a noun": r"\bwhat (?:is|was|were|it|they|came|became|stands|remains)\b",
    "tell or say instead of report": r"\b(?:tells?|told|says?|said)\b",
    "a nameless person": r"\b(?:nobody|somebody|anybody|everybody|whoever|whichever)\b",
    "where instead of if": r"\b[Ww]here (?:it|they|the|a|an|there|no|nothing|something|one)\b",
    "a fronted preposition": r"(?:^|[.;:] )(?:Of|By|To|For|From) (?:a|an|the|what|such|each|those|it)\b",
    "so long as, so many": r"\bso (?:long|many|much|few|often)\b",
    "an archaic word": r"\b(?:anew|beside|lest|hence|whence|thereof|but for (?:a|the|its|that))\b",
    "for instead of because": r", for (?:it|they|a|an|the|nothing|there|no|we)\b",
}
LIMITS = {"docs": 0.4, "comments": 0.8, "messages": 0.4}
"""Each construction may occur this often in 1,000 words."""

PRODUCT = ("activities", "adapters", "api", "bootstrap", "client", "domain", "engine", "sandbox", "workflows")
MAX_MESSAGE, MAX_SUBJECT = 200, 72
SENTENCE = re.compile(r"\b[a-z]+ [a-z]+ [a-z]+\b")
SQL = re.compile(r"\b(?:select|update|insert|delete|where)\b.*[=(%]", re.DOTALL | re.IGNORECASE)


@cache
def collect_prose() -> dict[str, list[str]]:
    """Return all texts of the project, by group."""
    groups: dict[str, list[str]] = {"docs": [], "comments": [], "messages": []}
    folders = [path for path in sorted(ROOT.iterdir()) if path.is_dir() and path.name[0].isalpha()]
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
        groups["docs"].append(re.sub(r"`[^`]*`", "X", text))
    for path in (path for folder in folders for path in folder.rglob("*.py")):
        comments, strings = read_python(path.read_text())
        groups["comments"] += comments
        if path.relative_to(ROOT).parts[0] in PRODUCT:
            groups["messages"] += filter(is_message, strings)
    return groups


def read_python(source: str) -> tuple[list[str], list[str]]:
    """Return the comments and docstrings, and the other strings."""
    nodes = list(ast.walk(ast.parse(source)))
    documented = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    texts = [node for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    prose_texts = [token.string for token in tokens if token.type == tokenize.COMMENT]
    prose_texts += [str(node.value) for node in texts if id(node) in documented]
    return prose_texts, [str(node.value) for node in texts if id(node) not in documented]


def is_message(text: str) -> bool:
    return SENTENCE.search(text) is not None and SQL.search(text) is None


@pytest.mark.parametrize("group", LIMITS)
@pytest.mark.parametrize("name", MANNERED)
def test_mannered_constructions_are_rare(group: str, name: str) -> None:
    texts = collect_prose()[group]
    matches = [match.group() for text in texts for match in re.finditer(MANNERED[name], text, flags=re.MULTILINE)]
    words = sum(len(text.split()) for text in texts)

    assert 1000 * len(matches) / words <= LIMITS[group], f"{len(matches)} of {words} words: rewrite the sentences"


def test_messages_are_short() -> None:
    assert [text for text in collect_prose()["messages"] if len(text) > MAX_MESSAGE and "\n" not in text] == []


def test_subjects_of_recent_commits_are_short() -> None:
    log = subprocess.run(["git", "log", "-50", "--format=%s"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert [subject for subject in log.stdout.splitlines() if len(subject) > MAX_SUBJECT] == []
