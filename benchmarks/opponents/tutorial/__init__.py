"""A FastAPI and Temporal service as tutorials write it: default worker, default development server on a file."""
