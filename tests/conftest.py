"""The fixtures of all tests."""

pytest_plugins = [
    "tests.fixtures.postgres",
    "tests.fixtures.stack",
    "tests.fixtures.api",
    "tests.fixtures.temporal",
    "tests.fixtures.engine",
    "tests.fixtures.sandbox_pool",
    "tests.fixtures.organization",
    "tests.fixtures.in_process_api",
    "tests.fixtures.real_service",
]
