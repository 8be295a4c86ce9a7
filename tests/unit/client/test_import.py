"""An import reports bad lines by number and column, sends the good orders, and can be repeated."""

import csv
import json
from pathlib import Path

import httpx
import pytest

from client.errors import UsageError
from client.order_file import Problem, read_orders
from tests.unit.client.commands import FakeApi, data, refusal

HEADER = "external_id,total,ship_to.name,line_items.sku,line_items.quantity,metadata.channel"


def read(*lines: str, header: str = HEADER) -> tuple[list[object], list[Problem]]:
    found = read_orders("\n".join([header, *lines]).encode())
    return [order.body for order in found.orders], found.problems


def test_lines_of_one_order_are_joined() -> None:
    orders, problems = read("1,9.90,Ada,MUG,2,web", "2,1,,,,", "1,,,PEN,1,web")

    items = [{"sku": "MUG", "quantity": 2}, {"sku": "PEN", "quantity": 1}]
    first = {"external_id": "1", "total": "9.90", "ship_to": {"name": "Ada"}, "metadata": {"channel": "web"}}
    assert orders == [{**first, "line_items": items}, {"external_id": "2", "total": "1"}]
    assert problems == []


@pytest.mark.parametrize("delimiter", [";", "\t", "|", ","])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_any_delimiter_and_a_byte_order_mark(delimiter: str, mark: bytes, end: str) -> None:
    text = end.join([delimiter.join(("external_id", "ship_to.name")), delimiter.join(("1", "Zoë")), ""])

    (order,) = read_orders(mark + text.encode()).orders

    assert order.body == {"external_id": "1", "ship_to": {"name": "Zoë"}}


def test_line_numbers_count_line_breaks_in_cells() -> None:
    _, problems = read('1,1,"Ada\n2nd line\n3rd",,,', "2,x,,,,", "", "3,1,,A,none,", ",1,,,,", "4,1")

    assert problems == [
        Problem(5, "total", "must be an amount such as 12.50"),
        Problem(7, "line_items.quantity", "must be a whole number"),
        Problem(8, "external_id", "is required"),
        Problem(9, "", "has 2 cells instead of 6"),
    ]


def test_a_bad_line_refuses_its_whole_order() -> None:
    orders, problems = read(
        "1,1,Ada,A,1,", "1,2,Bo,B,1,", "1,,,C,x,", "2,1,,,,", "3,1,,A,x,", "3,1,,B,1,", "4", "4,1,,,,"
    )

    assert [order["external_id"] for order in orders if isinstance(order, dict)] == ["2"]
    assert [(problem.line, problem.field) for problem in problems] == [
        (3, "total"),
        (3, "ship_to.name"),
        (4, "line_items.quantity"),
        (6, "line_items.quantity"),
        (8, ""),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "must name the columns"),
        (b"total\n1\n", "must name the columns"),
        (b"external_id,nonsense\n", "must name the columns"),
        (b"external_id,external_id\n", "must name the columns"),
        (b"external_id\n1\n\xff\n", "line 3 is not UTF-8"),
        (b'external_id\n1\n"2\n', "line 3 is not CSV"),
    ],
)
def test_an_unusable_file_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_orders(content)


class Orders(FakeApi):
    """An API that refuses the orders whose total is 13."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if json.loads(request.content).get("total") == "13":
            return refusal(422, "invalid_input", fields=[{"path": ["ship_to", "country"], "message": "no country"}])
        return data({}, 201)


def write(folder: Path, *rows: str) -> Path:
    file = folder / "orders.csv"
    file.write_text("\n".join(["external_id,total,line_items.quantity", *rows]) + "\n")
    return file


def test_ten_thousand_lines_of_which_three_are_bad(tmp_path: Path) -> None:
    rows = [f"{number // 20},1.00,1" for number in range(9_998)]
    rows[41], rows[4_999:5_000] = "2,1.00,x", ["one,13,1", "two,1.00", "three,1.00,1"]
    file, errors, api = write(tmp_path, *rows), tmp_path / "bad.csv", Orders()

    result = api.run("import", str(file), "--errors", str(errors))

    assert result.exit_code == 1, result.output
    assert "500 orders imported; 22 lines refused" in result.stderr
    assert result.stdout.splitlines() == [
        f"{file}:43\tline_items.quantity\tmust be a whole number",
        f"{file}:5001\tship_to.country\tno country",
        f"{file}:5002\t\thas 2 cells instead of 3",
    ]
    assert len({request.headers["Idempotency-Key"] for request in api.requests}) == 501
    with errors.open(newline="") as written:
        bad = list(csv.DictReader(written))
    assert [(row["external_id"], row["error"]) for row in bad if row["error"]] == [
        ("2", "line_items.quantity: must be a whole number"),
        ("one", "ship_to.country: no country"),
        ("two", "has 2 cells instead of 3"),
    ]
    assert sum(row["external_id"] == "2" for row in bad) == 20
    again = Orders()
    assert again.run("import", str(errors), "--dry-run").exit_code == 1


def test_all_or_nothing_sends_nothing(tmp_path: Path) -> None:
    api = Orders()

    result = api.run("import", str(write(tmp_path, "1,1,1", "2,x,1")), "--all-or-nothing", "--json")

    assert result.exit_code == 1
    assert json.loads(result.stdout) == {"line": 3, "field": "total", "message": "must be an amount such as 12.50"}
    assert "1 orders checked; nothing was sent" in result.stderr
    assert api.requests == []


def test_a_file_of_errors_that_can_not_be_written_sends_nothing(tmp_path: Path) -> None:
    api = Orders()

    result = api.run("import", str(write(tmp_path, "1,1,1")), "--errors", str(tmp_path / "missing" / "bad.csv"))

    assert (result.exit_code, api.requests) == (2, [])


def test_a_repeated_import_has_the_same_keys(tmp_path: Path) -> None:
    file, first, second = write(tmp_path, "1,1,1", "2,2,1"), Orders(), Orders()

    first.run("import", str(file), "--bridge", "b")
    second.run("import", str(file), "--bridge", "b")

    keys = [sorted(request.headers["Idempotency-Key"] for request in api.requests) for api in (first, second)]
    assert keys[0] == keys[1]
    assert {body["bridge_id"] for body in first.bodies()} == {"b"}


def test_a_revoked_key_ends_the_import(tmp_path: Path) -> None:
    result = FakeApi(refusal(401, "key_revoked")).run("import", str(write(tmp_path, "1,1,1")))

    assert result.exit_code == 3
    assert "0 orders are imported; run the command again" in result.stderr
