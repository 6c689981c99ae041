"""The instant that the cells of a row say."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from telemetry_service.imports.files.cells import Cell, CellProblem, Formula, is_blank
from telemetry_service.imports.mapping.formats import DEFAULT, EXCEL, ISO, counted, parser_of, snapped
from telemetry_service.imports.mapping.numbers import PASTE
from telemetry_service.imports.mapping.zones import to_utc

# A spreadsheet's clock cell without a day is a fraction of one, and some write it as a day of 1899.
NO_DAY = 1900
DAY_S = 86_400


class TimeReader:
    """Reads the times of one file. `formats` in the order in which they are tried; none: the usual ones."""

    def __init__(self, *, formats: Iterable[str] = (), zone: tzinfo = UTC) -> None:
        self.formats = tuple(formats) or DEFAULT
        self.parsers = [parser_of(form) for form in self.formats]
        self.zone = zone

    def read(self, cell: Cell, clock: Cell = None, *, has_clock: bool = False) -> datetime:
        """`clock` is the cell of the hour, where the day has a cell of its own. Raises CellProblem."""
        if is_blank(cell) or (has_clock and is_blank(clock)):
            raise CellProblem("falta la fecha o la hora", "la fecha y hora de la lectura")
        if isinstance(cell, Formula) or isinstance(clock, Formula):
            raise CellProblem("la fecha es una fórmula", PASTE)
        at = self._joined(cell, clock) if has_clock else self._plain(cell)
        return to_utc(at, self.zone)

    def _plain(self, cell: Cell) -> datetime:
        if isinstance(cell, datetime):
            return snapped(cell)
        if isinstance(cell, str):
            return self._text(cell.strip())
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            return self._number(cell)
        raise CellProblem("no es una fecha con hora", self._expected)

    def _text(self, text: str) -> datetime:
        for parse in self.parsers:
            at = parse(text)
            if at is not None:
                return at
        raise CellProblem("no se reconoce la fecha", self._expected)

    def _number(self, number: float) -> datetime:
        for form in self.formats:
            at = counted(number, form)
            if at is not None:
                return at
        raise CellProblem("la fecha es un número", f"{self._expected}; o diga el formato «{EXCEL}»")

    def _joined(self, day: Cell, clock: Cell) -> datetime:
        """A day of one cell and an hour of another, each a text or what a spreadsheet makes of it."""
        text = f"{_day_text(day)} {_clock_text(clock)}"
        if isinstance(day, str):
            return self._text(text)
        at = parser_of(ISO)(text)
        if at is None:
            raise CellProblem("no se reconoce la hora", "una hora como 17:30 o 17:30:00")
        return at

    @property
    def _expected(self) -> str:
        return "un formato de la lista: " + ", ".join(self.formats)


def _day_text(day: Cell) -> str:
    if isinstance(day, str):
        return day.strip()
    if isinstance(day, date) and day.year > NO_DAY:
        return f"{day:%Y-%m-%d}"
    if isinstance(day, int | float) and not isinstance(day, bool):
        at = counted(int(day), EXCEL)
        if at is not None:
            return f"{at:%Y-%m-%d}"
    raise CellProblem("no se reconoce el día", "un día como 25-03-2024")


def _clock_text(clock: Cell) -> str:
    if isinstance(clock, str):
        return clock.strip()
    seconds = _seconds_of(clock)
    if seconds is None or not 0 <= seconds < DAY_S:
        raise CellProblem("no se reconoce la hora", "una hora como 17:30 o 17:30:00")
    return f"{seconds // 3600:02}:{seconds % 3600 // 60:02}:{seconds % 60:02}"


def _seconds_of(clock: Cell) -> int | None:
    """Whole ones, as a day's fraction is seldom exact."""
    if isinstance(clock, datetime):
        clock = clock.time()
    if isinstance(clock, time):
        return round(
            timedelta(
                hours=clock.hour, minutes=clock.minute, seconds=clock.second, microseconds=clock.microsecond
            ).total_seconds()
        )
    if isinstance(clock, timedelta):
        return round(clock.total_seconds())
    return round(clock * DAY_S) if isinstance(clock, int | float) and not isinstance(clock, bool) else None
