"""The same operation on Celery: a queue in Redis that writes every change to disk before it answers."""
