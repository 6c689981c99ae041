"""What a person may do. For which points, `catchment.queries` says."""

READ = frozenset({"core:read", "telemetry:read", "compliance:read"})
WRITE = frozenset({"core:write", "telemetry:write", "compliance:write"})


def scopes_of(*, is_staff: bool) -> frozenset[str]:
    """The staff reads and writes; everybody else reads."""
    return READ | WRITE if is_staff else READ
