"""`python -m deploy.simulators providers|dga|sma|mqtt|broker|load --port P ...`; `--help` lists each one's options."""

import argparse
import asyncio
import os
import signal
import sys
import threading
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path

from deploy.simulators.certificates import make_certificate
from deploy.simulators.dga.app import dga
from deploy.simulators.faults import BadFault
from deploy.simulators.providers.app import providers
from deploy.simulators.scenario import BadScenario, Scenario, read_scenario
from deploy.simulators.sma.app import sma
from deploy.simulators.times import from_epoch_ms, read_ms
from deploy.simulators.web import bind
from shared import clock

REGULATORS = {"dga": dga, "sma": sma}


def main(arguments: list[str]) -> int:
    options = _options(arguments)
    try:
        options.run(options)
    except (BadScenario, BadFault, OSError, ValueError) as error:
        sys.stderr.write(f"{getattr(options, 'scenario', options.side)}: {error}\n")
        return 2
    except KeyboardInterrupt:
        return 0
    return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="deploy.simulators")
    sides = parser.add_subparsers(dest="side", required=True)
    told = argparse.ArgumentParser(add_help=False)
    told.add_argument("--port", type=int, required=True)
    told.add_argument("--host", default="127.0.0.1")
    story = argparse.ArgumentParser(add_help=False)
    story.add_argument("--scenario", default="demo", help="a file, or the name of a packaged scenario")
    story.add_argument("--seed", type=int, default=None)

    clouds = sides.add_parser("providers", parents=[told, story], help="the vendors' clouds")
    clouds.add_argument("--tls", type=Path, default=None, help="speak HTTPS, with an authority written to this folder")
    clouds.add_argument("--mqtt", type=_address, default=None, help="publish to the broker at HOST:PORT as well")
    clouds.set_defaults(run=_run_providers)
    for name, make in REGULATORS.items():
        regulator = sides.add_parser(name, parents=[told, story], help=f"the API of {name.upper()}")
        regulator.add_argument("--state", type=Path, required=True, help="the file that keeps what was accepted")
        regulator.set_defaults(run=_run_regulator, make=make)
    devices = sides.add_parser(
        "mqtt", parents=[told, story, _account()], help="the devices, to the broker at host and port"
    )
    devices.add_argument("--authority", type=Path, default=None, help="speak TLS, trusting this PEM file")
    devices.add_argument("--since", type=_instant, default=None, help="tell what happened from then on")
    devices.set_defaults(run=_run_mqtt)
    broker = sides.add_parser("broker", parents=[told, _account()], help="mosquitto where it is installed, else amqtt")
    broker.add_argument("--tls", action="store_true", help="speak TLS, with an authority of its own")
    broker.set_defaults(run=_run_broker)
    load = sides.add_parser("load", parents=[told], help="ThingsBoard with many devices and nothing else")
    load.add_argument("--devices", type=int, default=10_000)
    load.add_argument("--delay-ms", type=float, default=200.0, help="what each answer takes")
    load.set_defaults(run=_run_load)
    return parser.parse_args(arguments)


def _account() -> argparse.ArgumentParser:
    account = argparse.ArgumentParser(add_help=False)
    account.add_argument("--username", default="", help="its password is read from MQTT_PASSWORD")
    return account


def _instant(text: str) -> datetime:
    return from_epoch_ms(read_ms(text))


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host or "127.0.0.1", int(port)


def _scenario(options: argparse.Namespace) -> Scenario:
    return read_scenario(options.scenario, seed=options.seed)


def _run_providers(options: argparse.Namespace) -> None:
    application = providers(_scenario(options), clock.now)
    certificate = make_certificate(options.tls) if options.tls else None
    server = bind(application, host=options.host, port=options.port, certificate=certificate)
    with _publishing(options):
        server.serve_forever()


def _run_regulator(options: argparse.Namespace) -> None:
    application = options.make(_scenario(options), clock.now, options.state)
    bind(application, host=options.host, port=options.port).serve_forever()


def _publishing(options: argparse.Namespace) -> AbstractContextManager[object]:
    """The same things over MQTT from this process, where a broker was named."""
    if options.mqtt is None:
        return nullcontext()
    from deploy.simulators.mqtt.link import Where
    from deploy.simulators.mqtt.publisher import publishing

    return publishing(_scenario(options), clock.now, Where(*options.mqtt))


# What only one side needs is imported by it alone: the others start sooner, and without it.
def _run_mqtt(options: argparse.Namespace) -> None:
    from deploy.simulators.mqtt.link import Where
    from deploy.simulators.mqtt.publisher import Publisher, publish_until

    where = Where(options.host, options.port, options.username, os.environ.get("MQTT_PASSWORD", ""), options.authority)
    publish_until(Publisher(_scenario(options), clock.now, where, since=options.since), threading.Event())


def _run_broker(options: argparse.Namespace) -> None:
    from deploy.simulators.mqtt.broker import running_broker

    account = {
        "username": options.username,
        "password": os.environ.get("MQTT_PASSWORD", "") if options.username else "",
    }
    # Its own process is stopped with this one, however that is asked to end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with running_broker(host=options.host, port=options.port, tls=options.tls, **account) as broker:
        sys.stdout.write(f"{broker.kind} {broker.host}:{broker.port} {broker.authority or ''}\n")
        sys.stdout.flush()
        threading.Event().wait()


def _run_load(options: argparse.Namespace) -> None:
    from deploy.simulators.load import Target, serve

    target = Target(devices=options.devices, delay_s=options.delay_ms / 1000, now=clock.now)
    asyncio.run(serve(target, host=options.host, port=options.port))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
