"""A configuration as its authority needs to know it."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection

from compliance_service.authorities.interface import Authority, Pace, Work
from compliance_service.authorities.registry import authority_of
from compliance_service.authorities.schema import Schema
from compliance_service.obligations.models import ComplianceConfig
from shared.db.fields import decrypt

REPORTERS = """
SELECT id, source_id, point_id, work_code, standard, informant_rut, company_rut, password, terms::text
  FROM compliance_config WHERE id = ANY(%s)
"""
RULES = "SELECT code, config::text, required_schema::text FROM compliance_source"


@dataclass(frozen=True, slots=True)
class Reporter:
    """A configured work with the source that it is reported to."""

    config: UUID
    source: str
    work: Work
    pace: Pace

    @property
    def authority(self) -> Authority:
        return authority_of(self.source)


def reporters(configs: Collection[UUID]) -> dict[UUID, Reporter]:
    """By configuration, as its rows stand now."""
    with connection.cursor() as cursor:
        cursor.execute(RULES)
        sources = {code: (rules, schema) for code, rules, schema in cursor.fetchall()}
        cursor.execute(REPORTERS, [list(configs)])
        return {row[0]: _reporter(row, *sources[row[1]]) for row in cursor.fetchall()}


@lru_cache(maxsize=4096)
def _reporter(row: tuple[Any, ...], rules: str, schema: str) -> Reporter:
    """Of a row that did not change since, what was read then: its password is decrypted once, not with each hour."""
    config, source, point, code, standard, informant, company, password, terms = row
    said = json.loads(terms), _rules(rules), decrypt(password), _schema(schema)
    work = Work(point, code, standard, informant, company, *said)
    return Reporter(config, source, work, authority_of(source).pace(work.rules))


@lru_cache(maxsize=64)
def _schema(text: str) -> Schema:
    return Schema(json.loads(text))


@lru_cache(maxsize=64)
def _rules(text: str) -> Mapping[str, Any]:
    return dict(json.loads(text))


def work_of(config: ComplianceConfig) -> Work:
    """The configuration's source must be loaded with it."""
    return Work(
        point=config.point_id,
        code=config.work_code,
        standard=config.standard,
        informant_rut=config.informant_rut,
        company_rut=config.company_rut,
        password=config.password,
        terms=config.terms,
        rules=config.source.config,
        schema=Schema(config.source.required_schema),
    )


def authority_for(config: ComplianceConfig) -> Authority:
    return authority_of(config.source_id)


def pace_of(config: ComplianceConfig) -> Pace:
    return authority_for(config).pace(config.source.config)
