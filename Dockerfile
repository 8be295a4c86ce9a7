# The service without embedded servers and sandbox: API, worker and migrations, for your own PostgreSQL and Temporal.
# All paths are relative to the working directory, so that a test can build the same tree without Docker.
FROM python:3.11-slim AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore

WORKDIR /app
COPY lock/build.txt lock/build.txt
RUN pip install --no-cache-dir --require-hashes --requirement lock/build.txt

COPY activities activities
COPY adapters adapters
COPY api api
COPY bootstrap bootstrap
COPY client client
COPY domain domain
COPY engine engine
COPY migrations migrations
COPY workflows workflows
COPY LICENSE README.md pyproject.toml ./
RUN pip wheel --no-deps --no-build-isolation --wheel-dir wheels .

FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore

WORKDIR /app
COPY lock/run.txt lock/run.txt
RUN pip install --no-cache-dir --require-hashes --requirement lock/run.txt
COPY --from=build /app/wheels wheels
RUN pip install --no-cache-dir --no-deps --no-index --find-links wheels orderly-operations && rm -r wheels lock

USER 10001
ENV ORDERLY_HOST=0.0.0.0 ORDERLY_API_PORT=8080
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=6 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/readyz', timeout=4)"]

ENTRYPOINT ["orderly"]
CMD ["api"]
