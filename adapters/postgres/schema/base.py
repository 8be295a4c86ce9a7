"""The bases of all tables."""

import re
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import MetaData
from sqlalchemy.orm import declared_attr
from sqlmodel import Field, SQLModel

from adapters.postgres.schema.column_types import now_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Table(SQLModel):
    """Base of all tables; the class `OrderStatusChanges` is the table `order_status_changes`."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMING)

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805 (it is called with the class)
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


class Owned(Table):
    """Base of tables whose rows have an id and belong to an organization."""

    id: UUID = Field(primary_key=True)
    organization_id: UUID


class Dated(Owned):
    """Base of tables with the times of creation and of the last change."""

    created_at: datetime = now_column()
    updated_at: datetime = now_column()
