"""The one list of processes. The native backend runs it; a test holds docker-compose.modular.yml to it."""

from dataclasses import dataclass

SERVICES = ("core", "telemetry", "compliance")
PORTS = {"core": 8000, "telemetry": 8001, "compliance": 8002}
QUEUES = {
    "core": ("hints", "upkeep"),
    "telemetry": ("sync", "collect", "process", "upkeep"),
    "compliance": ("sync", "obligations", "submissions", "reports", "upkeep"),
}
# Core owes nobody anything that a message could lose: its sweep would have nothing that a beat does not do.
SWEEPING = ("telemetry", "compliance")
LISTENING = ("telemetry",)

# What every process of a service is told; `.env.example` says what each means.
ENVIRONMENT = (
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "FIELD_ENCRYPTION_KEYS",
    "SIGNING_KEY_FILE",
    "JWKS_DIR",
    "CORE_URL",
    "TELEMETRY_URL",
    "COMPLIANCE_URL",
    "ALLOWED_HOSTS",
    "OUTBOUND_ALLOW",
    "LOG_LEVEL",
    "WEB_THREADS",
    "PROMETHEUS_MULTIPROC_DIR",
)
# What only the processes of one service are told besides.
ENVIRONMENT_OF = {
    "core": (),
    "telemetry": (
        "DATABASE_REPLICA_URL",
        "REPLICA_MAX_LAG_S",
        "HYPERTABLES",
        "COLLECT_CONCURRENCY",
        "API_KEY_RATE",
        "API_KEY_BURST",
        "API_KEY_AT_ONCE",
        "ALERT_MAIL_SERVER",
        "ALERT_MAIL_FROM",
        "ALERT_MAIL_TO",
    ),
    "compliance": (),
}
WORKER_THREADS = 4
# Telemetry's loop reads small pushes itself.
GUNICORN_OF = {"telemetry": ("-k", "telemetry_service.push.lane.worker.LaneWorker")}


@dataclass(frozen=True, slots=True)
class Process:
    """`command` begins with the program; `{port}`, `{bind}` and `{state}` are filled in by the backend."""

    service: str
    role: str
    command: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.service}-{self.role}"


def processes_of(service: str) -> tuple[Process, ...]:
    manage = ("python", f"{service}_service/manage.py")
    queues = ",".join(f"{service}.{queue}" for queue in QUEUES[service])
    worker = ("worker", "--pool", "threads", "--concurrency", str(WORKER_THREADS), "-Q", queues, "-n", f"{service}@%h")
    quiet = ("--without-gossip", "--without-mingle", "--loglevel", "WARNING")
    found = [
        Process(
            service,
            "web",
            (
                *("gunicorn", "-c", "deploy/gunicorn.conf.py", *GUNICORN_OF.get(service, ())),
                *("-b", "{bind}:{port}", f"{service}_service.wsgi"),
            ),
        ),
        Process(service, "worker", (*manage, "celery", *worker, *quiet)),
        Process(service, "beat", (*manage, "celery", "beat", "--schedule", "{state}/schedule", "--pidfile=")),
    ]
    if service in SWEEPING:
        found.append(Process(service, "sweep", (*manage, "sweep")))
    if service in LISTENING:
        found.append(Process(service, "listen", (*manage, "listen")))
    return tuple(found)


PROCESSES = tuple(process for service in SERVICES for process in processes_of(service))
