"""The listener as it runs, against a real broker: mosquitto where it is installed, and amqtt everywhere."""

from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from deploy.simulators.mqtt.broker import Broker, running_broker
from shared.testing import api_client, user_token
from telemetry_service.listen.models import Connection, DeadLetter
from telemetry_service.providers.models import Provider
from telemetry_service.raw.models import ProcessBacklog, RawTelemetryData
from tests.telemetry_service.listen.conftest import TOPIC, TS, Make
from tests.telemetry_service.listen.connections.proxy import wire
from tests.telemetry_service.listen.connections.running import (
    listening,
    messages,
    needs_mosquitto,
    publishing,
    row,
    states,
    values,
    wait_for,
    wait_for_connection,
    wait_until,
)

pytestmark = pytest.mark.django_db(transaction=True)


class TestNothingIsLost:
    def test_a_burst_is_complete_and_is_to_be_processed(
        self, broker: Broker, make_account: Make, make_listened: Make
    ) -> None:
        source = make_listened(make_account(**row(broker)))
        with listening() as listener, publishing(broker) as publish:
            wait_for_connection(listener, "broker")
            publish(TOPIC, *messages(0, 2000))
            wait_for(2000, listener)
            assert listener.stop() == 0
        assert values() == list(range(2000))
        assert ProcessBacklog.objects.get().point_id == source.point_id
        assert states() == {"broker": "closed"}

    def test_what_was_published_while_nobody_listened_arrives(
        self, broker: Broker, make_account: Make, make_listened: Make
    ) -> None:
        make_listened(make_account(**row(broker)))
        with publishing(broker) as publish:
            with listening() as listener:
                wait_for_connection(listener, "broker")
                publish(TOPIC, *messages(0, 5))
                wait_for(5, listener)
                assert listener.stop() == 0
            publish(TOPIC, *messages(5, 50))
            with listening() as listener:
                wait_for(50, listener)
        assert values() == list(range(50))

    def test_killed_between_receipt_and_commit(self, broker: Broker, make_account: Make, make_listened: Make) -> None:
        make_listened(make_account(**row(broker)))
        with publishing(broker) as publish, listening() as listener:
            wait_for_connection(listener, "broker")
            publish(TOPIC, *messages(0, 3))
            wait_for(3, listener)
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("LOCK TABLE raw_telemetry_data IN EXCLUSIVE MODE")
                publish(TOPIC, *messages(3, 40))
                wait_until(waits_for_a_lock, listener=listener)
                listener.kill()
            assert values() == [0, 1, 2]
            with listening() as second:
                wait_for(40, second)
                assert second.stop() == 0
        assert values() == list(range(40))

    def test_killed_between_commit_and_acknowledgement(
        self, broker: Broker, make_account: Make, make_listened: Make
    ) -> None:
        with wire(broker.port) as line:
            account = make_account(**row(broker, port=line.port))
            make_listened(account)
            with publishing(broker) as publish, listening() as listener:
                wait_for_connection(listener, "broker")
                line.is_deaf = True
                publish(TOPIC, *messages(0, 15))
                wait_for(15, listener)
                listener.kill()
                line.is_deaf = False
                publish(TOPIC, *messages(15, 20))
                with listening() as second:
                    wait_for(20, second)
                    assert second.stop() == 0
        assert values() == list(range(20))

    @needs_mosquitto
    def test_what_says_no_time_is_not_doubled_by_being_sent_again(
        self, mosquitto: Broker, make_account: Make, make_listened: Make
    ) -> None:
        with wire(mosquitto.port) as line:
            make_listened(make_account(**row(mosquitto, port=line.port)))
            with publishing(mosquitto) as publish, listening() as listener:
                wait_for_connection(listener, "broker")
                line.is_deaf = True
                publish(TOPIC, *({"caudal": n} for n in range(10)))
                wait_for(10, listener)
                listener.kill()
                line.is_deaf = False
                with listening() as second:
                    publish(TOPIC, {"caudal": 10})
                    wait_for(11, second)
                    assert second.stop() == 0
        assert values() == list(range(11))

    def test_while_the_database_is_away_the_broker_keeps_it(
        self, broker: Broker, make_account: Make, make_listened: Make
    ) -> None:
        make_listened(make_account(**row(broker)))
        port = int(connection.settings_dict["PORT"])
        with wire(port) as line, publishing(broker) as publish, listening(database_port=line.port) as listener:
            wait_for_connection(listener, "broker")
            publish(TOPIC, *messages(0, 10))
            wait_for(10, listener)
            line.cut()
            publish(TOPIC, *messages(10, 60))
            wait_until(lambda: "database away" in listener.log, listener=listener)
            line.mend()
            wait_for(60, listener)
            assert listener.stop() == 0
        assert values() == list(range(60))

    def test_a_broker_that_comes_back_is_heard_again(
        self, broker: Broker, make_account: Make, make_listened: Make
    ) -> None:
        with wire(broker.port) as line:
            make_listened(make_account(**row(broker, port=line.port)))
            with publishing(broker) as publish, listening() as listener:
                wait_for_connection(listener, "broker")
                line.cut()
                wait_until(lambda: states() == {"broker": "unreachable"}, listener=listener)
                publish(TOPIC, *messages(0, 30))
                line.mend()
                wait_for(30, listener)
                assert listener.stop() == 0
        assert values() == list(range(30))

    def test_with_redis_away_it_is_stored_all_the_same(
        self, usual: Broker, make_account: Make, make_listened: Make
    ) -> None:
        make_listened(make_account(**row(usual)))
        with publishing(usual) as publish, listening(REDIS_URL="redis://127.0.0.1:1/0") as listener:
            wait_for_connection(listener, "broker")
            publish(TOPIC, *messages(0, 100))
            wait_for(100, listener)
            assert listener.stop() == 0
        assert ProcessBacklog.objects.exists()


class TestPoison:
    @pytest.fixture
    def _poisoned(self) -> Iterator[None]:
        """A value that the database does not take, whoever brings it."""
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '22000'; END $$"
            )
            cursor.execute(
                "CREATE TRIGGER refuse BEFORE INSERT ON raw_telemetry_data FOR EACH ROW "
                "WHEN (new.value = '666') EXECUTE FUNCTION refuse()"
            )
        yield
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION refuse() CASCADE")

    @pytest.mark.usefixtures("_poisoned")
    def test_it_ends_as_a_dead_letter_and_takes_no_other_with_it(
        self, usual: Broker, make_account: Make, make_listened: Make
    ) -> None:
        make_listened(make_account(**row(usual)))
        with publishing(usual) as publish, listening() as listener:
            wait_for_connection(listener, "broker")
            publish(TOPIC, *messages(0, 10), {"caudal": 666, "ts": TS + 100}, b"\xff", *messages(10, 20))
            wait_for(20, listener)
            wait_until(lambda: DeadLetter.objects.count() == 2, listener=listener)
            assert listener.stop() == 0
        assert values() == list(range(20))
        assert sorted(DeadLetter.objects.values_list("reason", flat=True)) == ["undecodable", "unstorable"]
        with listening() as again, publishing(usual) as publish:
            publish(TOPIC, *messages(20, 21))
            wait_for(21, again)
        assert DeadLetter.objects.count() == 2  # it was acknowledged, and does not come again


class TestAccounts:
    def test_several_brokers_at_once_one_of_them_sealed(
        self, usual: Broker, make_account: Make, make_listened: Make
    ) -> None:
        sealed = running_broker(kind=usual.kind, username="listener", password="only-for-tests", tls=True)
        with sealed as second:
            make_listened(make_account("uno", **row(usual)))
            make_listened(make_account("dos", secrets={"password": "only-for-tests"}, **row(second)), "sn-2")
            with listening() as listener, publishing(usual) as first, publishing(second) as other:
                wait_for_connection(listener, "uno", "dos")
                first(TOPIC, *messages(0, 20))
                other("telemetry/sn-2/data", *messages(20, 40))
                wait_for(40, listener)
                assert listener.stop() == 0
                assert "only-for-tests" not in listener.log
        assert values() == list(range(40))

    def test_an_authority_that_nobody_trusts_is_said(self, usual: Broker, make_account: Make) -> None:
        with running_broker(kind=usual.kind, tls=True) as sealed:
            make_account(**row(sealed, tls={}))
            with listening() as listener:
                wait_until(lambda: states() == {"broker": "unreachable"}, listener=listener)
        assert "TLS: " in Connection.objects.get().problem

    def test_refused_credentials_are_said_and_not_tried_again_at_once(
        self, usual: Broker, make_account: Make, make_listened: Make
    ) -> None:
        with running_broker(kind=usual.kind, username="listener", password="only-for-tests") as closed:
            account = make_account(secrets={"password": "other-secret"}, **row(closed))
            make_listened(account)
            with listening() as listener, publishing(closed) as publish:
                wait_until(lambda: states() == {"broker": "refused"}, listener=listener)
                first = Connection.objects.get()
                account.refresh_from_db()
                assert account.postponed_until == first.retry_at
                assert (account.failures, first.failures) == (1, 1)
                wait_until(lambda: Connection.objects.get().seen_at >= first.seen_at, listener=listener)
                Provider.objects.update(credentials={"password": "only-for-tests"}, version=2)
                wait_for_connection(listener, "broker")
                publish(TOPIC, *messages(0, 3))
                wait_for(3, listener)
                assert listener.log.count('"state": "refused"') == 1
                assert "other-secret" not in listener.log
        account.refresh_from_db()
        assert (account.failures, account.postponed_until) == (0, None)
        assert account.last_ok_at is not None

    def test_what_people_change_holds_without_a_restart(
        self, usual: Broker, make_account: Make, make_listened: Make
    ) -> None:
        with listening() as listener, publishing(usual) as publish:
            account = make_account(**row(usual))
            make_listened(account)
            wait_for_connection(listener, "broker")
            publish(TOPIC, *messages(0, 3))
            wait_for(3, listener)
            narrow = [{"topic": "other/+/data", "decoder": "flat", "options": {"device": "other/{device}/data"}}]
            Provider.objects.update(config=row(usual, subscriptions=narrow), version=2)
            wait_until(lambda: Connection.objects.get().filters == ["other/+/data"], listener=listener)
            publish(TOPIC, *messages(3, 6))
            publish("other/sn-1/data", *messages(6, 9))
            wait_for(6, listener)
            Provider.objects.update(is_active=False)
            wait_until(lambda: states() == {"broker": "closed"}, listener=listener)
            assert listener.stop() == 0
        assert values() == [0, 1, 2, 6, 7, 8]
        assert not DeadLetter.objects.exists()

    def test_a_row_that_cannot_be_read_is_said_and_stops_no_other(
        self, usual: Broker, make_account: Make, make_listened: Make
    ) -> None:
        make_account("mala", **row(usual, port="x"))
        make_listened(make_account("buena", **row(usual)))
        with listening() as listener:
            wait_for_connection(listener, "buena")
            wait_until(lambda: states().get("mala") == "wrong", listener=listener)
        assert "port" in Connection.objects.get(provider__name="mala").problem

    def test_a_private_address_needs_to_be_allowed(self, usual: Broker, make_account: Make) -> None:
        make_account(**row(usual, host="localhost"))
        with listening(OUTBOUND_ALLOW="") as listener:
            wait_until(lambda: states() == {"broker": "wrong"}, listener=listener)
        assert "OUTBOUND_ALLOW" in Connection.objects.get().problem

    def test_topics_made_of_what_sources_say_come_and_go_with_them(
        self, usual: Broker, make_account: Make, make_listened: Make
    ) -> None:
        account = make_account(
            **row(
                usual,
                params={"thing_token": {"secret": True}},
                subscriptions=[{"topic": "v2/things/{point.thing_token}", "decoder": "thethings"}],
            )
        )
        message = {"values": [{"key": "caudal", "value": 1, "datetime": "2026-01-02T12:00:00Z"}]}
        with listening() as listener, publishing(usual) as publish:
            wait_for_connection(listener, "broker")
            make_listened(account, params={}, secret_params={"thing_token": "token-000-secreto"})
            wait_until(lambda: Connection.objects.get().filters == ["v2/things/token-000-secreto"], listener=listener)
            publish("v2/things/token-000-secreto", message)
            publish("v2/things/token-999-secreto", message)
            wait_for(1, listener)
            assert listener.stop() == 0
            assert "secreto" not in listener.log
        assert not DeadLetter.objects.exists()

    def test_with_no_account_it_idles_and_ends_when_told(self) -> None:
        with listening() as listener:
            wait_until(lambda: "listen health" in listener.log, listener=listener)
            assert listener.stop() == 0

    def test_a_shard_that_is_none_is_refused(self) -> None:
        with listening("--shard", "3/2") as listener:
            assert listener.process.wait(30) == 1
            assert "--shard" in listener.log


class TestUnknown:
    def test_a_device_that_nobody_knows_is_replayed_once_somebody_does(
        self, usual: Broker, make_account: Make, make_listened: Make
    ) -> None:
        account = make_account(**row(usual))
        with publishing(usual) as publish, listening() as listener:
            wait_for_connection(listener, "broker")
            publish(TOPIC, *messages(0, 30))
            wait_until(lambda: DeadLetter.objects.count() == 30, listener=listener)
            assert not RawTelemetryData.objects.exists()
            make_listened(account)
            publish(TOPIC, *messages(30, 35))
            wait_for(5, listener)
            body = {"provider": str(account.id), "device": "sn-1"}
            url = "/api/telemetry/dead-letters/replay/"
            said = api_client(user_token()).post(url, body, format="json").json()
            assert {one["verdict"] for one in said["results"]} == {"stored"}
            assert listener.stop() == 0
        assert values() == list(range(35))

    def test_a_retained_message_is_of_nobody_knows_when(
        self, usual: Broker, make_account: Make, make_listened: Make
    ) -> None:
        make_listened(make_account(**row(usual)))
        with publishing(usual) as publish:
            publish(TOPIC, {"caudal": 1}, retain=True)
            publish("telemetry/sn-1/status", b"offline", retain=True)
            with listening() as listener:
                wait_for_connection(listener, "broker")
                publish(TOPIC, *messages(5, 6))
                wait_for(1, listener)
        assert values() == [5]


def waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])
