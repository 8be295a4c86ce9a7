"""The table as in FastAPI's tutorial: SQLModel, and one session per call."""

from typing import Any

from sqlalchemy import JSON, Engine
from sqlmodel import Column, Field, Session, SQLModel, create_engine


class Operation(SQLModel, table=True):
    """One operation."""

    id: str = Field(primary_key=True)
    status: str = "pending"
    input: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    output: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))


def engine_of(database_url: str) -> Engine:
    """Create the engine with SQLAlchemy's default pool."""
    return create_engine(database_url.replace("postgresql://", "postgresql+psycopg://", 1))


def change(engine: Engine, ident: str, **values: Any) -> dict[str, Any]:
    """Change one operation's values and return it."""
    with Session(engine) as session:
        operation = session.get_one(Operation, ident)
        for name, value in values.items():
            setattr(operation, name, value)
        session.add(operation)
        session.commit()
        session.refresh(operation)
        return operation.model_dump()
