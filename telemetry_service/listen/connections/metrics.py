"""What an operator's alarms see of the listeners. Labels from closed lists: an outcome, a state, a shard."""

from prometheus_client import Counter, Gauge, Histogram

MESSAGES = Counter("telemetry_listen_messages", "Messages heard, by what became of them.", ["outcome"])
LETTERS = Counter(
    "telemetry_listen_dead_letters", "Reasons why messages, or parts of them, were not stored.", ["reason"]
)
CONNECTIONS = Gauge(
    "telemetry_listen_connections", "Connections by state.", ["shard", "state"], multiprocess_mode="mostrecent"
)
LAG = Gauge(
    "telemetry_listen_lag_seconds",
    "How long ago the oldest message came that is not stored.",
    ["shard"],
    multiprocess_mode="mostrecent",
)
WAITING = Gauge("telemetry_listen_waiting", "Messages not stored yet.", ["shard"], multiprocess_mode="mostrecent")
COMMITS = Histogram("telemetry_listen_commit_seconds", "Time to store the messages of one commit.")
