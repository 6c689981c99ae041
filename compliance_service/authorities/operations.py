"""Writes of the sources: their rows, the versions of their rules, what the words of their refusals mean."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction

from compliance_service.authorities.classify import wrong_with
from compliance_service.authorities.models import AnswerRule, ComplianceSource, RulePack
from compliance_service.authorities.queries import versions_of
from compliance_service.authorities.row import checked_row
from compliance_service.authorities.rules import ALWAYS, TECHNICAL, checked, duty_rules, earliest, first_rules, in_force
from compliance_service.authorities.shipped import ANSWERS, SHIPPED
from shared.errors import Conflict, NotFound, invalid

SYSTEM = "system"
# Every minute, and mostly there is none. A source entered by hand has version 1 before its pack is made.
OUT_OF_DATE = """
SELECT source.code FROM compliance_source source
 WHERE source.rules_version <> coalesce(
       (SELECT pack.version FROM rule_pack pack
         WHERE pack.source_id = source.code AND pack.valid_from <= %s
         ORDER BY pack.version DESC LIMIT 1), 1)
 ORDER BY source.code
"""


def sync_sources() -> int:
    """Makes the rows of the shipped authorities where missing; what an operator changed stays. Says how many."""
    made = [_sync_source(code, row) for code, row in SHIPPED.items()]
    for source in ComplianceSource.objects.filter(rule_packs=None):  # entered by hand
        _first_pack(source)
    return sum(made)


def _sync_source(code: str, row: Mapping[str, Any]) -> bool:
    with transaction.atomic():
        source, is_new = ComplianceSource.objects.get_or_create(code=code, defaults=row)
        if not source.rule_packs.exists():
            _first_pack(source)
            _first_answers(code)
    return is_new


def _first_pack(source: ComplianceSource) -> None:
    said = {"valid_from": ALWAYS, "rules": first_rules(source.config), "note": "la que trae el sistema"}
    pack = RulePack(source=source, version=1, **said, created_at=ALWAYS, created_by=SYSTEM)
    RulePack.objects.bulk_create([pack], ignore_conflicts=True)  # of two processes, one makes it


def _first_answers(code: str) -> None:
    rows = [
        AnswerRule(
            source_id=code,
            position=10 * place,
            pattern=pattern,
            meaning=meaning.value,
            valid_from=ALWAYS,
            note=note,
            created_by=SYSTEM,
        )
        for place, (pattern, meaning, note) in enumerate(ANSWERS.get(code, ()), start=1)
    ]
    AnswerRule.objects.bulk_create(rows, ignore_conflicts=True)


def change_rules(
    *,
    code: str,
    rules: Mapping[str, Any],
    valid_from: datetime,
    note: str,
    rhythms: tuple[str, ...],
    horizon: timedelta,
    by: str,
    now: datetime,
) -> RulePack:
    """The next version. Duties that are made keep theirs: another rhythm or lag begins after the last of them."""
    with transaction.atomic():
        source = _locked(code)
        versions = versions_of(code)
        last = versions[-1]
        said = checked(rules, known=last.rules, rhythms=rhythms, shipped=_shipped(code))
        first = max(last.valid_from, earliest(now, horizon) if duty_rules(said) != duty_rules(last.rules) else now)
        if valid_from < first or valid_from == last.valid_from:
            problem = "es antes del fin de los deberes ya hechos, o de la versión anterior"
            raise invalid("valid_from", problem, received=valid_from.isoformat(), expected=f"desde {first.isoformat()}")
        return RulePack.objects.create(
            source=source,
            version=last.number + 1,
            valid_from=valid_from,
            rules=said,
            note=note,
            created_at=now,
            created_by=by,
        )


def _locked(code: str) -> ComplianceSource:
    source = ComplianceSource.objects.select_for_update().filter(code=code).first()
    if source is None:
        raise NotFound("No hay una fuente con ese código.")
    return source


def put_in_force(now: datetime) -> int:
    """The rules whose time has come, into the rows of their sources; says of how many. Twice changes nothing."""
    with connection.cursor() as cursor:
        cursor.execute(OUT_OF_DATE, [now])
        codes = [code for (code,) in cursor.fetchall()]
    return sum(_put_in_force(code, now) for code in codes)


def _put_in_force(code: str, now: datetime) -> bool:
    version = in_force(versions_of(code), now)
    with transaction.atomic():
        # Locked: a person may be changing what of the same column is no rule.
        source = ComplianceSource.objects.select_for_update().get(code=code)
        if source.rules_version == version.number:
            return False
        technical = {name: said for name, said in source.config.items() if name not in version.rules}
        source.config, source.rules_version = {**technical, **version.rules}, version.number
        source.changed_at, source.changed_by = now, SYSTEM
        source.changed_note = f"rige la versión {version.number} de las reglas"
        source.save()
    return True


def change_source(
    *,
    code: str,
    changes: Mapping[str, Any],
    note: str,
    accepts: Callable[[ComplianceSource], None],
    by: str,
    now: datetime,
) -> ComplianceSource:
    """The row with what is given of it. `accepts` raises where works that report to it could not go on as they are."""
    with transaction.atomic():
        source = _locked(code)
        checked_row(changes)
        for name, said in changes.items():
            if name in TECHNICAL:
                source.config = {**source.config, name: said}
            else:
                setattr(source, name, said)
        accepts(source)
        source.changed_at, source.changed_by, source.changed_note = now, by, note
        source.save()
    return source


def add_answer(
    *, code: str, position: int, pattern: str, meaning: str, note: str, by: str, now: datetime
) -> AnswerRule:
    """From now on these words mean this. Conflict where another row has the position."""
    wrong = wrong_with(pattern)
    if wrong:
        raise invalid("pattern", wrong, received=pattern, expected="una expresión como «no es el informante»")
    said = {"position": position, "pattern": pattern, "meaning": meaning, "note": note}
    try:
        with transaction.atomic():
            return AnswerRule.objects.create(source_id=code, **said, valid_from=now, created_by=by)
    except IntegrityError as error:
        raise Conflict(f"Ya hay una fila vigente en la posición {position}.") from error


def end_answer(*, code: str, rule_id: int, note: str, by: str, now: datetime) -> AnswerRule:
    """These words mean nothing from now on: what says them is held."""
    row = AnswerRule.objects.filter(source_id=code, id=rule_id)
    if not row.exists():
        raise NotFound("No hay una fila con ese id.")
    if row.filter(valid_to=None).update(valid_to=now, ended_note=note, ended_by=by) != 1:
        raise Conflict("La fila ya no estaba vigente.")
    return row.get()


def _shipped(code: str) -> dict[str, Any]:
    """The rules that come with the system: a row of an older one lacks some, and a new version may have them."""
    return first_rules(SHIPPED[code]["config"]) if code in SHIPPED else {}
