"""What a point's configuration may say: Core stores nothing else, and Telemetry supposes nothing else. Plain Python."""
