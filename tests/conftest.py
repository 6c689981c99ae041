"""What holds in every suite: a property test has no clock to beat, the machine may be busy."""

from hypothesis import HealthCheck, settings

settings.register_profile("stack", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("stack")
