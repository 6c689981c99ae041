"""amqtt with its QoS 1 made good: what was not acknowledged is sent again, also after the connection was lost.

Left alone, amqtt 0.12 forgets a message that is not acknowledged within five seconds or before its connection breaks,
keeps nothing for an anonymous session, and takes a session that was taken over for disconnected ever after.

`python -m deploy.simulators.mqtt.small_broker` reads its settings as one line of JSON from the standard input and ends
with it.
"""

# mypy: disable-error-code="import-untyped, misc"
# amqtt has no types.

import asyncio
import json
import signal
import sys
from dataclasses import dataclass
from typing import Any

import amqtt.broker
from amqtt.broker import Broker
from amqtt.mqtt.constants import QOS_1
from amqtt.mqtt.protocol.broker_handler import BrokerProtocolHandler
from amqtt.plugins.base import BaseAuthPlugin
from amqtt.session import OutgoingApplicationMessage, Session

# As mosquitto's default: so many messages wait for their acknowledgement, in order; the rest wait for those.
WINDOW = 20
TAKE_OVER_STEPS, STEP_S = 200, 0.01


class Account(BaseAuthPlugin):
    """One account, or everybody when it has no name. Marks nobody as anonymous: amqtt keeps nothing for those."""

    @dataclass
    class Config:
        username: str = ""
        password: str = ""

    async def authenticate(self, *, session: Session) -> bool:
        mine = (self.config.username, self.config.password)
        return not self.config.username or (session.username, session.password) == mine


class Handler(BrokerProtocolHandler):
    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._window = asyncio.Semaphore(WINDOW)
        self._is_over = False

    async def mqtt_publish(
        self, topic: str, data: bytes, qos: int | None, retain: bool, ack_timeout: int | None = None
    ) -> OutgoingApplicationMessage:
        if qos != QOS_1:
            return await super().mqtt_publish(topic, data, qos, retain, ack_timeout)
        message = OutgoingApplicationMessage(None, topic, qos, data, retain)
        session = self.session
        if not await self._is_acknowledged(session, message):
            session.retained_messages.put_nowait(message)
        return message

    async def stop(self) -> None:
        self._is_over = True
        await super().stop()

    async def _is_acknowledged(self, session: Session, message: OutgoingApplicationMessage) -> bool:
        """False when the connection ended before; stop() cancels the waiters."""
        async with self._window:
            if self._is_over:
                return False
            waiter: asyncio.Future[Any] = asyncio.Future()
            message.packet_id = session.next_packet_id
            session.inflight_out[message.packet_id] = message
            self._puback_waiters[message.packet_id] = waiter
            try:
                await self._send_packet(message.build_publish_packet())
                await waiter
            except asyncio.CancelledError:
                return False
            finally:
                self._puback_waiters.pop(message.packet_id, None)
                session.inflight_out.pop(message.packet_id, None)
            return True


class SmallBroker(Broker):
    async def _initialize_client_session(self, *arguments: Any) -> tuple[Handler, Session]:
        """Wait until the connection that is taken over is gone, or its end would close the new one's session."""
        handler, session = await super()._initialize_client_session(*arguments)
        older = self._sessions.get(session.client_id)
        if older and older[0] is session and session.transitions.is_connected():
            await older[1].handle_connection_closed()
            for _ in range(TAKE_OVER_STEPS):
                if not session.transitions.is_connected():
                    break
                await asyncio.sleep(STEP_S)
        return handler, session

    async def _publish_session_retained_messages(self, session: Session) -> None:
        """Without waiting for the acknowledgements: the client may need its subscription answered first."""
        handler = self._get_handler(session)
        while handler and not session.retained_messages.empty():
            kept = session.retained_messages.get_nowait()
            sending = handler.mqtt_publish(kept.topic, kept.data, kept.qos, retain=False)
            self._tasks_queue.append(asyncio.ensure_future(sending))


async def serve(settings: dict[str, str], stopped: asyncio.Event) -> None:
    listener: dict[str, Any] = {"type": "tcp", "bind": settings["bind"]}
    if settings["chain"]:
        listener |= {"ssl": True, "certfile": settings["chain"], "keyfile": settings["key"]}
    account = {"username": settings["username"], "password": settings["password"]}
    plugins = {f"deploy.simulators.mqtt.small_broker.{Account.__name__}": account}
    # The broker makes its handlers by this name.
    amqtt.broker.BrokerProtocolHandler = Handler
    broker = SmallBroker({"listeners": {"default": listener}, "plugins": plugins})
    await broker.start()
    await stopped.wait()
    await broker.shutdown()


async def main() -> None:
    settings = json.loads(sys.stdin.readline())
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    loop.add_signal_handler(signal.SIGINT, stopped.set)
    loop.add_reader(sys.stdin.fileno(), stopped.set)
    await serve(settings, stopped)


if __name__ == "__main__":
    asyncio.run(main())
