"""Puts the evidence of a work and period together: from our own rows, from Telemetry, and from the ledger."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import IO, Any
from uuid import UUID

from compliance_service.book.certificate import Certificate, certify, signed_file
from compliance_service.book.pdf import as_pdf
from compliance_service.clients import telemetry
from compliance_service.evidence import queries
from compliance_service.evidence.package import Package, line
from compliance_service.ledger.canonical import encode
from compliance_service.ledger.export import export
from compliance_service.obligations.models import ComplianceConfig
from compliance_service.obligations.sums import Period
from compliance_service.obligations.works import authority_for, work_of
from shared.auth.tokens import public_jwks
from shared.clients.service_client import ServiceClient

COLUMNS = ("slot_at", "due_at", "deadline_at", "outcome", "status", "voucher", "cause", "note", "explained_by")
README = """\
Evidencia de {work} ante {source}, del {first} al {last} (días de UTC-4)
Evidence of {work} before {source}, {first} to {last} (days in UTC-4)

certificado.json, .pdf   las sumas, firmadas / the sums, signed              verify-certificate
obligaciones.csv         cada deber y en qué terminó / each duty and its end
envios.ndjson            lo enviado y lo respondido, byte a byte / what was sent and answered, byte for byte
origen.ndjson            de cada número, sus lecturas / of each number, its raw readings
respuestas/              los bytes del proveedor, por su SHA-256 / the provider's bytes, by their SHA-256
puntos.json              configuraciones y medidores, con fechas / configurations and meters, with dates
lagunas.json             lo que faltó y por qué / what was missing, and why
libro.ndjson             el libro encadenado de la obra / the work's hash-chained ledger       verify-ledger
manifiesto.json          el SHA-256 de cada archivo, firmado / the SHA-256 of each file, signed

Todo junto se comprueba sin conexión con / All of it is checked offline with
    verify-evidence ARCHIVO.zip --key HUELLA
"""


@dataclass(slots=True)
class Origins:
    """What Telemetry tells: a line an instant, and the answers that the lines name."""

    client: ServiceClient
    points: dict[str, dict[str, Any]] = field(default_factory=dict)
    answers: dict[str, telemetry.AnswerId] = field(default_factory=dict)  # by digest

    def lines(
        self, wanted: Iterable[tuple[UUID, str]], period: Period, first: Mapping[str, datetime]
    ) -> Iterator[bytes]:
        """`first`: by variable, from when on what lies before the period is told too."""
        variables: dict[UUID, list[str]] = defaultdict(list)
        for point, variable in wanted:
            variables[point].append(variable)
        for point, named in sorted(variables.items()):
            for variable in sorted(first.keys() & set(named)):
                yield from self._lines(point, [variable], first[variable], period.start)
            yield from self._lines(point, sorted(set(named)), period.start, period.end)

    def _lines(self, point: UUID, variables: Sequence[str], start: datetime, end: datetime) -> Iterator[bytes]:
        for page in telemetry.lineage(self.client, point=point, variables=variables, start=start, end=end):
            self.points[str(point)] = {"configurations": page.configurations, "meters": page.meters}
            for instant in page.instants:
                self._note(instant["readings"])
                yield line({"point": str(point), **instant})

    def bodies(self) -> Iterator[tuple[str, bytes]]:
        """Of each answer its digest and its bytes."""
        return telemetry.answers(self.client, [self.answers[digest] for digest in sorted(self.answers)])

    def _note(self, readings: Sequence[Mapping[str, Any]]) -> None:
        for reading in readings:
            answer = reading["answer"]
            if answer["sha256"] is not None:  # None: retention took it
                said = telemetry.AnswerId(answer["sha256"], answer["id"], answer["received_at"])
                self.answers[said.sha256] = said


def make(
    config: ComplianceConfig, *, first: date, last: date, file: IO[bytes], client: ServiceClient, now: datetime
) -> None:
    """Writes the ZIP of the days `first` to `last` in UTC-4, both included. Raises what asking Telemetry raises."""
    certificate = certify(config, first=first, last=last, now=now)
    period = Period.of_days(first, last, now=now)
    with Package(file, made_at=now) as package:
        _put_people_files(package, config, certificate)
        package.put("obligaciones.csv", _table(queries.duties(config.id, start=period.start, end=period.end)))
        package.put("envios.ndjson", map(line, queries.duties(config.id, start=period.start, end=period.end)))
        _put_origins(package, config, period, Origins(client))
        package.put("libro.ndjson", export([f"{config.source_id}/{config.work_code}"], start=first, now=now))
        package.sign(_about(config, first, last), signed_file)


def _put_people_files(package: Package, config: ComplianceConfig, certificate: Certificate) -> None:
    facts = certificate.facts
    package.put(
        "LEAME.txt",
        README.format(work=config.work_code, source=config.source_id, first=facts.first, last=facts.last).encode(),
    )
    package.put("certificado.json", certificate.file)
    package.put("certificado.pdf", as_pdf(certificate))


def _put_origins(package: Package, config: ComplianceConfig, period: Period, origins: Origins) -> None:
    wanted = authority_for(config).wanted(work_of(config))
    first = queries.first_measured(config.id, start=period.start, end=period.end)
    package.put("origen.ndjson", origins.lines(wanted, period, first))
    package.put("puntos.json", encode(origins.points))
    for digest, body in origins.bodies():
        package.put(f"respuestas/{digest}.bin", body)
    points = sorted({point for point, _ in wanted})
    missing = telemetry.gaps(origins.client, points=points, start=period.start, end=period.end)
    package.put("lagunas.json", encode(list(missing)))


def _about(config: ComplianceConfig, first: date, last: date) -> dict[str, Any]:
    """`form`: how the numbers of a document are made of measurements, where the authority's form says it."""
    form = authority_for(config).form(work_of(config))
    return {
        "source": config.source_id,
        "work": config.work_code,
        "standard": config.standard,
        "point": str(config.point_id),
        "from": first.isoformat(),
        "to": last.isoformat(),
        "form": {name: dict(said) for name, said in form.members().items()} if form else {},
        "keys": {key["kid"]: key["x"] for key in public_jwks()["keys"]},
    }


def _table(duties: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    yield _row(COLUMNS)
    for duty in duties:
        submission = duty["submission"] or {}
        receipt = submission.get("receipt") or {}
        told = {**duty, "status": submission.get("status", ""), "voucher": receipt.get("voucher", "")}
        yield _row([told[name] for name in COLUMNS])


def _row(cells: Iterable[Any]) -> bytes:
    """A spreadsheet takes what begins with = + - @ for a formula: it is told that it is text."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow([_cell(cell) for cell in cells])
    return text.getvalue().encode()


def _cell(cell: Any) -> str:
    text = cell.isoformat() if isinstance(cell, datetime) else str(cell)
    return f"'{text}" if text[:1] in "=+-@" and text else text
