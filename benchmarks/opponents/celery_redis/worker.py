"""The Celery application: `celery --app benchmarks.opponents.celery_redis.worker:app worker`.

Tasks are acknowledged late, so that a dying worker loses none. Threads suffice, because the work is waiting. The result
is the operation's row, so Celery stores none.
"""

import functools
import os

import httpx
from celery import Celery
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

from benchmarks.label_request import PATH, TOKEN, label_request
from benchmarks.opponents.carrier import read_label
from benchmarks.opponents.record import COMPLETE

app = Celery("shipments", broker=os.environ.get("REDIS_URL"))
app.conf.update(task_acks_late=True, task_ignore_result=True, worker_prefetch_multiplier=4, broker_pool_limit=32)


@functools.cache
def connections() -> ConnectionPool:
    """Return the worker's connections, one per thread; created at the first call."""
    return ConnectionPool(os.environ["DATABASE_URL"], kwargs={"autocommit": True}, min_size=4, max_size=32, open=True)


@functools.cache
def carrier() -> httpx.Client:
    """Return the HTTP client that all threads share."""
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    return httpx.Client(base_url=os.environ["SANDBOX_URL"], headers=headers, limits=limits, timeout=60)


@app.task(name="create_shipment")
def create_shipment(ident: str) -> None:
    """Buy the label and record it."""
    label = read_label(carrier().post(PATH, json=label_request(ident)))
    with connections().connection() as connection:
        connection.execute(COMPLETE, (Jsonb(label), ident))
