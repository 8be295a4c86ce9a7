"""States and territories in carriers' addresses."""

_STATES = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR"
    " PA RI SC SD TN TX UT VT VA WA WV WI WY"
)
STATES = frozenset(_STATES.split())
MILITARY = frozenset({"AA", "AE", "AP"})
TERRITORIES = frozenset({"AS", "FM", "GU", "MH", "MP", "PR", "PW", "VI"})
PROVINCES = frozenset(["AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"])


def find_state_problem(country: str, state: str | None) -> str | None:
    """Return the problem of a state, or None, at carriers that treat the US territories as countries."""
    if country == "US" and state in TERRITORIES:
        return f"{state} is a country code"
    if country == "US" and state not in STATES:
        return "a state of the US is required"
    if country == "CA" and state not in PROVINCES:
        return "a province of Canada is required"
    return "the state is required" if country == "PR" and state != "PR" else None
