"""Both far sides of the system as real HTTP servers: the providers' clouds and the regulator DGA."""
