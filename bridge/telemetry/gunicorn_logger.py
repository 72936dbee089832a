"""gunicorn's records in the bridge's stream; name this class as gunicorn's `logger_class`."""

from gunicorn.glogging import Logger


class GunicornLogger(Logger):  # type: ignore[misc]  # gunicorn has no annotations
    """Leaves formatting and writing to the root logger that `configure_logging` set up."""

    def setup(self, cfg: object) -> None:
        """Set levels as gunicorn does, then take its handlers away."""
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            log.handlers = []
            log.propagate = True
