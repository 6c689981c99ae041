"""What each kind of variable is tested with where nobody said otherwise, and where that comes from.

On by itself is the gross range alone. The other tests know no place: they are tried on its past, then switched on.
Pumps start and stop, so level, flow and pressure have no thresholds of change of their own.

Sources:
* spec: the specification's TelemetryConfig (flow 0 to 1000 L/s).
* USGS: Wagner and others, Guidelines and standard procedures for continuous water-quality monitors, USGS Techniques and
  Methods 1-D3 (2006): calibration criteria 0.2 °C, 5 µS/cm or 3 %, 0.2 pH, 0.5 NTU or 5 %. A spike is worth a doubt
  from about twice as much on.
* rivers: the tightest round figure with at most two false alarms a month at Franklin Basin (docs/quality.md).
* nature: what the quantity or its sensors cannot exceed.
"""

from functools import lru_cache
from types import MappingProxyType

from telemetry_service.process.qartod.flat_line import FlatLine
from telemetry_service.process.qartod.gross_range import GrossRange
from telemetry_service.process.qartod.rate_of_change import RateOfChange
from telemetry_service.process.qartod.spike import Spike
from telemetry_service.process.qartod.thresholds import Thresholds

HOUR, DAY = 3600.0, 86_400.0
CUSTOM = Thresholds()
# spec; a canal carries more, and says so in its configuration.
FLOW = Thresholds(gross_range=GrossRange(suspect=(-1000.0, 1000.0)))
LENGTH = Thresholds(
    # nature: no well is deeper, and Core takes no deeper one.
    gross_range=GrossRange(fail=(-3000.0, 3000.0)),
    # A transducer's last digit follows the barometer; one that stands still for three days is stuck, or dry.
    flat_line=FlatLine(3 * DAY, 14 * DAY),
)
DEFAULTS = MappingProxyType(
    {
        "flow": FLOW,
        "mean_flow": FLOW,
        "level": LENGTH,
        "water_table": LENGTH,
        "temperature": Thresholds(
            GrossRange(fail=(-10.0, 100.0), suspect=(-2.0, 40.0)),  # nature: liquid; hot springs say so
            Spike(0.5, 5.0),  # USGS
            RateOfChange(2.0, 20.0),  # rivers
            FlatLine(DAY, 7 * DAY),  # rivers: six hours at the freezing point are real
        ),
        "pressure": Thresholds(
            GrossRange(fail=(-101.325, 10_000.0)),  # nature: kPa over the atmosphere; 1 km of water
            flat_line=FlatLine(3 * DAY, 14 * DAY),
        ),
        "ph": Thresholds(
            GrossRange(fail=(0.0, 14.0), suspect=(4.0, 10.0)),  # nature: the scale, and what is no mine's water
            Spike(0.1, 1.0),  # rivers; half of USGS
            RateOfChange(0.3, 3.0),  # rivers
            FlatLine(DAY, 7 * DAY),  # rivers
        ),
        "conductivity": Thresholds(
            GrossRange(fail=(0.0, 200_000.0), suspect=(20.0, 60_000.0)),  # nature: sensors; rain to sea, less is air
            Spike(10.0, relative=0.03),  # USGS
            RateOfChange(15.0),  # rivers
            FlatLine(12 * HOUR, 7 * DAY),  # rivers
        ),
        "turbidity": Thresholds(
            GrossRange(fail=(0.0, 4000.0), suspect=(0.0, 1000.0)),  # nature: sensors; ISO 7027 nephelometry
            Spike(7.0, relative=0.5),  # rivers
            RateOfChange(30.0),  # rivers
            FlatLine(12 * HOUR, idle=0.0),
        ),
    }
)


def kind_of(variable: str) -> Thresholds:
    """All tests of the variable's kind; of counters and of what we do not know none has thresholds."""
    return DEFAULTS.get(variable, CUSTOM)


@lru_cache(maxsize=256)
def standing(variable: str) -> Thresholds:
    """Those that are on without a word."""
    return Thresholds(gross_range=kind_of(variable).gross_range)
