"""Units of numbers: how they are spelled, and which can be converted into each other.

A unit is what stands beside a number: a currency, "kg", "%", "k" for thousand. Cells are converted only inside a
family, such as grams and kilograms; two currencies are never converted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

# ISO codes and signs that stand before or after amounts, with the spelling that they are counted under.
_CURRENCIES = (
    "USD EUR GBP JPY CNY INR CHF SEK NOK DKK CAD AUD NZD SGD HKD KRW BRL MXN ZAR RUB TRY PLN CZK HUF RON BGN ILS AED "
    "SAR THB MYR IDR PHP VND NGN KES EGP PKR BDT UAH ARS CLP COP PEN TWD ISK NAD"
).split()
_SPELLED = {
    "$": "$", "us$": "$", "usd": "$", "dollar": "$", "dollars": "$", "€": "€", "eur": "€", "euro": "€", "euros": "€",
    "£": "£", "gbp": "£", "¥": "¥", "jpy": "¥", "₹": "₹", "inr": "₹", "rs": "₹", "fr": "CHF", "sfr": "CHF",
    "kr": "kr", "zł": "PLN", "kč": "CZK", "r$": "BRL", "a$": "AUD", "c$": "CAD", "ca$": "CAD", "nz$": "NZD",
    "hk$": "HKD", "s$": "SGD", "nt$": "TWD", "₽": "RUB", "₺": "TRY", "₩": "KRW", "₪": "ILS", "฿": "THB", "₴": "UAH",
    "₫": "VND", "₦": "NGN", "₱": "PHP", "cn¥": "CNY", "元": "CNY", "円": "¥", "원": "KRW",
}  # fmt: skip

_SCALES = {
    1e3: "k tsd thousand thousands tausend", 1e6: "M mio mn mln mill million millions millionen",
    1e9: "b bn bln mrd mld bil billion billions milliarden", 1e12: "tn trn trillion trillions",
}  # fmt: skip
_SIZES: dict[str, dict[float, str]] = {
    "mass": {1e-6: "μg ug mcg", 1e-3: "mg", 1.0: "g gr gram grams gramm", 1e3: "kg kgs kilo kilos kilogram kilograms",
             1e6: "t to ton tons tonne tonnes", 453.59237: "lb lbs pound pounds", 28.349523125: "oz ounce ounces"},
    "length": {1e-6: "μm um", 1e-3: "mm", 1e-2: "cm", 1e-1: "dm", 1.0: "m meter meters metre metres",
               1e3: "km kilometer kilometers kilometre kilometres", 0.0254: "in inch inches \"",
               0.3048: "ft feet foot '", 0.9144: "yd yard yards", 1609.344: "mi mile miles"},
    "time": {1e-6: "μs us", 1e-3: "ms msec", 1.0: "s sec secs second seconds sek", 60.0: "m min mins minute minutes",
             3600.0: "h hr hrs hour hours std", 86400.0: "d day days tage", 604800.0: "w wk wks week weeks"},
    "months": {1.0: "mo mos month months monate", 12.0: "y yr yrs year years jahre"},
    "volume": {1e-3: "ml", 1e-2: "cl", 1e-1: "dl", 1.0: "l liter liters litre litres", 100.0: "hl"},
    "data": {1.0: "byte bytes", 1e3: "kb", 1e6: "mb", 1e9: "gb", 1e12: "tb"},
    "power": {1.0: "watt watts", 1e3: "kw"},
    "frequency": {1.0: "hz", 1e3: "khz", 1e6: "mhz", 1e9: "ghz"},
    "area": {1e-4: "cm2", 1.0: "m2 sqm qm", 1e4: "ha", 1e6: "km2", 0.09290304: "sqft ft2"},
    "share": {1.0: "% percent pct prozent", 0.1: "‰"},
}  # fmt: skip
MOST_UNITS = 6  # of a column: where there are more, the words beside its numbers are no units


def _by_spelling(sizes: Mapping[float, str]) -> dict[str, float]:
    return {word: size for size, words in sizes.items() for word in words.split()}


FAMILIES: dict[str, dict[str, float]] = {name: _by_spelling(sizes) for name, sizes in _SIZES.items()}
FAMILIES["area"].update({"sq ft": 0.09290304, "sq m": 1.0})
SCALES = _by_spelling(_SCALES)
CURRENCIES = {code.lower(): code for code in _CURRENCIES} | _SPELLED
_KNOWN = {word for family in FAMILIES.values() for word in family} | set(SCALES) | set(CURRENCIES)


@dataclass(frozen=True)
class Units:
    """The units of a column.

    names: the units, the one that the others are converted to first; empty where no cell has any.
    scaled: whether "k", "M", "Mio" and the like stand for thousands and millions ("m" is then a million).
    """

    names: tuple[str, ...] = ()
    scaled: bool = False

    def factor(self, before: str, after: str) -> float | None:
        """What a number between these words is multiplied by; None where the column has no such unit."""
        scale, unit = _split(before, after, self.scaled)
        if not unit or unit in self.names:
            return scale * (_ratio(unit, self.names[0]) or 1.0) if unit else scale
        ratio = _ratio(unit, self.names[0]) if self.names else None
        return None if ratio is None else scale * ratio

    @property
    def mixed(self) -> bool:
        """Whether there are units that cannot be converted into the first."""
        return any(_ratio(name, self.names[0]) is None for name in self.names[1:])


def units_among(pairs: Mapping[tuple[str, str], int]) -> Units | None:
    """The units of a column from how often each (before, after) occurs beside its numbers; None if they are none.

    Words are units where most cells have the same, or where they are of one family, or all of them known (currencies,
    say), which are then not converted. Unknown words beside few numbers are no units, and their cells no numbers.
    """
    scaled = any(_says_scale(before, after) for before, after in pairs)
    counts: dict[str, int] = {}
    for (before, after), times in pairs.items():
        unit = _split(before, after, scaled)[1]
        counts[unit] = counts.get(unit, 0) + times
    names = sorted((unit for unit in counts if unit), key=lambda unit: (-counts[unit], unit))
    half = sum(counts.values()) / 2
    names = [name for name in names if _is_known(name) or counts[name] >= half]
    if len(names) > MOST_UNITS or (scaled and _are_letters(pairs, names)):
        return None
    units = Units(tuple(names), scaled)
    return None if units.mixed and not all(map(_is_known, names)) else units


def _is_known(unit: str) -> bool:
    return all(part in _MEANINGS for part in unit.split(" "))


def _are_letters(pairs: Mapping[tuple[str, str], int], names: list[str]) -> bool:
    """Whether "12M" stands beside "12L": letters that name things, where M is no million."""
    alone = any(scale != 1.0 and not unit for scale, unit in (_split(*pair, True) for pair in pairs))
    return alone and any(name not in MONEY for name in names)


MONEY = set(CURRENCIES.values())
_MEANINGS = _KNOWN | MONEY | {"°C", "°F"}


def _ratio(unit: str, base: str) -> float | None:
    """How many of the base one of a unit is, None where they have nothing in common."""
    if unit == base:
        return 1.0
    for family in FAMILIES.values():
        if unit in family and base in family:
            return family[unit] / family[base]
    return None


def _says_scale(before: str, after: str) -> bool:
    """Whether these words can only stand for thousands or millions; "m" can beside a currency."""
    words = _words(after)
    money = bool(before) or any(word in CURRENCIES for word in words)
    return any(word in SCALES or _glued(word) for word in words) or (money and "m" in words)


_ALSO_SCALES = {"m": 1e6, "t": 1e12}  # beside others of these


@lru_cache(maxsize=4096)
def _split(before: str, after: str, scaled: bool) -> tuple[float, str]:
    """The scale and the unit of what stands before and after a number: (1e6, "€") of "3 Mio €"."""
    words, scale = list(_words(after)), 1.0
    for place, word in enumerate(words):
        if word in SCALES or (scaled and word in _ALSO_SCALES):
            scale = SCALES.get(word) or _ALSO_SCALES[word]
            del words[place]
            break
        if _glued(word):
            scale, words[place] = {"k": 1e3, "K": 1e3, "T": 1e3}.get(word[0], 1e6), word[1:]
            break
    units = [CURRENCIES.get(word.lower(), word) for word in (*_words(before), *words)]
    return scale, " ".join(dict.fromkeys(units))


def _glued(word: str) -> bool:
    """Whether a word is a scale and a currency in one, such as k€ or M$."""
    return len(word) > 1 and word[0] in "kKTmM" and not word[1:].isalpha() and word[1:].lower() in CURRENCIES


@lru_cache(maxsize=4096)
def _words(text: str) -> tuple[str, ...]:
    """The words of a unit, known ones in small letters (but M, a million), without full stops."""
    whole = " ".join(text.replace(".", " ").split())
    if whole.lower() in _KNOWN and whole != "M":
        return (whole.lower(),)
    return tuple(_spelled(word) for word in whole.split())


def _spelled(word: str) -> str:
    """Known units in small letters, but M, a million; other words of 4 letters or more in the singular."""
    small = word.lower()
    if word == "M" or len(word) < 4 or small in _KNOWN or not word.isalpha():
        return small if small in _KNOWN and word != "M" else word
    return small.removesuffix("s")
