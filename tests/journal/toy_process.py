"""Runs a toy's app as the process of a role, with sessions short enough for tests."""

from stream.commands.worker import RoleWorker
from stream.health import HealthServer

SESSION_S, HEARTBEAT_S = 6.0, 1.0


def run(role, app):
    """Run until told to stop; ends with `SystemExit`."""
    app.conf.broker_session_timeout = SESSION_S
    app.conf.broker_heartbeat_interval = HEARTBEAT_S
    process = RoleWorker(role, app)
    with HealthServer("127.0.0.1", 0, live=process.live, ready=process.ready) as health:
        process.address = f"http://127.0.0.1:{health.port}"
        process.execute_from_commandline()
