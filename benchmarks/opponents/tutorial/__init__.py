"""A FastAPI and Temporal service as in tutorials: default worker, default development server on a file."""
