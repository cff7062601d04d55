"""A broker of one test's own, which may die."""

import signal

from stream.embedded import kafka as embedded


class Mortal:
    """A broker of a test's own, that may be killed and come back on its data and port."""

    def __init__(self, folder):
        self._folder = folder
        self._broker = embedded.start(folder)
        self.bootstrap = self._broker.bootstrap

    def die(self):
        self._broker.process.kill()
        self._broker.stop()

    def hang(self):
        self._broker.process.send_signal(signal.SIGSTOP)

    def rise(self):
        port = int(self.bootstrap.rpartition(":")[2])
        self._broker = embedded.start(self._folder, port)

    def stop(self):
        self._broker.process.kill()
        self._broker.stop()
