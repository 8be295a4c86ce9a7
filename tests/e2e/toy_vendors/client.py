"""The HTTP client for the toy vendors, with their errors."""

from adapters.http.client import VendorClient
from adapters.http.errors import ErrorDetails, describe_error, refuse_failures
from adapters.http.json import Json, dig, parse_object, parse_object_or_none
from adapters.http.transport import Destination
from domain.shipping import Connection, RawAnswer


class ToyClient(VendorClient):
    """One HTTP client."""

    def __init__(self, connection: Connection, destination: Destination) -> None:
        super().__init__(connection, destination, {"X-Toy-Key": connection.credentials["api_key"]})


def error_details(answer: RawAnswer) -> ErrorDetails:
    """Return the error's code and message."""
    error = dig(parse_object_or_none(answer), "error")
    return describe_error("The toy", dig(error, "code"), dig(error, "message"))


def parse_answer(answer: RawAnswer) -> Json:
    """Parse the body of a successful response; raise as `refuse_failures` does."""
    refuse_failures(answer, error_details)
    return parse_object(answer)
