"""A configuration as its authority needs to know it."""

from compliance_service.authorities.interface import Authority, Pace, Work
from compliance_service.authorities.registry import authority_of
from compliance_service.obligations.models import ComplianceConfig


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
    )


def authority_for(config: ComplianceConfig) -> Authority:
    return authority_of(config.source_id)


def pace_of(config: ComplianceConfig) -> Pace:
    return authority_for(config).pace(config.source.config)
