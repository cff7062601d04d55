"""The one error of this room."""


class BrokerError(RuntimeError):
    """An embedded server cannot be had: the text tells an operator why and what to do."""
