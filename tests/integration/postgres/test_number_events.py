"""`number_events()` numbers committed events in the order of their commits."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.fixtures.rows import Rows

INSERT = """
    insert into events (organization_id, type, subject_type, subject_id)
    values (%s, 'order.changed', 'order', %s) returning id
"""
NUMBERED = """
    select id, sequence from events
    where organization_id = %s and subject_type = 'order' and position is not null order by position
"""


class Writer:
    """One connection, whose transaction stays open until `commit`."""

    def __init__(self, url: str, organization_id: UUID) -> None:
        self.connection = psycopg.connect(url)
        self.organization_id = organization_id

    def write(self, subject: UUID) -> UUID:
        row = self.connection.execute(INSERT, [self.organization_id, subject]).fetchone()
        assert row
        return UUID(str(row[0]))

    def commit(self) -> None:
        self.connection.commit()


@pytest.fixture
def writers(module_database_url: str, rows: Rows) -> Iterator[tuple[Writer, Writer]]:
    """Two connections to one database."""
    pair = (Writer(module_database_url, rows.organization_id), Writer(module_database_url, rows.organization_id))
    yield pair
    for writer in pair:
        writer.connection.close()


def number(rows: Rows) -> list[tuple[UUID, int]]:
    """Number all committed events; return them in the order of their positions."""
    rows.connection.execute("select number_events()")
    return rows.connection.execute(NUMBERED, [rows.organization_id]).fetchall()


def test_an_event_of_an_open_transaction_comes_later(rows: Rows, writers: tuple[Writer, Writer]) -> None:
    """The first writer commits last: its event gets the later position."""
    slow, fast = writers
    one, two = uuid4(), uuid4()
    early = slow.write(one)
    late = fast.write(two)
    fast.commit()
    assert number(rows) == [(late, 1)]
    slow.commit()
    assert number(rows) == [(late, 1), (early, 1)]


def test_numbers_of_a_subject_have_no_gap(rows: Rows, writers: tuple[Writer, Writer]) -> None:
    """A rolled back event uses no number, and the numbers go on after each call."""
    writer, other = writers
    subject = uuid4()
    writer.write(subject)
    writer.connection.rollback()
    first = [writer.write(subject) for _ in range(3)]
    other.write(uuid4())
    other.commit()
    writer.commit()
    number(rows)
    last = writer.write(subject)
    writer.commit()
    mine = [(ident, sequence) for ident, sequence in number(rows) if ident in {*first, last}]
    assert mine == [*zip(first, (1, 2, 3), strict=True), (last, 4)]
