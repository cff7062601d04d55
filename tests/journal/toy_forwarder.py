"""A worker that copies `repayments` to `unresolved`, at least once: what ingest does, bare.

Settings come from the environment, as everywhere.
"""

import asyncio

from confluent_kafka import Producer

from stream import logs
from stream.journal.app import build_app
from stream.journal.clients import named, producer_config
from stream.journal.delivered import DeliveredCustody
from stream.roles import Role
from stream.settings import Settings
from tests.journal.toy_process import run


def main():
    settings = Settings.from_env()
    logs.configure(settings.log_level, role="toy")
    producer = Producer(producer_config(settings))
    target = named(settings, "unresolved")

    async def settle():
        await asyncio.get_running_loop().run_in_executor(None, producer.flush, 10)

    custody = DeliveredCustody(settle=settle)

    async def handle(tp, chunk):
        with custody.receive(tp, chunk) as handover:
            for record in chunk:
                handover.hold()
                producer.produce(
                    target,
                    key=record.key,
                    value=record.value,
                    partition=tp.partition,
                    on_delivery=lambda error, _: error or handover.done(),
                )

    app = build_app("ingest", settings, custody=custody, topics=["repayments"], handle=handle)

    async def poll():
        while not app.should_stop:
            producer.poll(0)
            await asyncio.sleep(0.01)

    app.task(poll)
    run(Role.INGEST, app)


if __name__ == "__main__":
    main()
