"""List of all opponents."""

from benchmarks.contestant import Contestant
from benchmarks.opponents.celery_redis.opponent import CeleryRedis
from benchmarks.opponents.dbos_postgres.opponent import DbosPostgres
from benchmarks.opponents.restate_server.opponent import RestateServer
from benchmarks.opponents.tutorial.opponent import Tutorial

OPPONENTS: tuple[Contestant, ...] = (Tutorial(), DbosPostgres(), CeleryRedis(), RestateServer())
