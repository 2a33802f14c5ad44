"""How gunicorn serves the application, on a desk and in production alike."""

import gc
import os
import threading

from gunicorn import util
from gunicorn.http.errors import LimitRequestLine
from gunicorn.workers.gthread import ThreadWorker


class Worker(ThreadWorker):
    """Threads, and words for whoever sends an address that is too long to be read."""

    def handle_error(self, req, client, addr, exc):
        """Say what to do instead; the address itself may hold names, and is written nowhere."""
        if not isinstance(exc, LimitRequestLine):
            super().handle_error(req, client, addr, exc)
            return
        self.log.warning("an address was longer than %d bytes", self.cfg.limit_request_line)
        try:
            util.write_error(client, 414, "This is too long", TOO_LONG)
        except OSError:
            self.log.debug("nobody waits for the answer any more")


TOO_LONG = (
    "The address you opened, with what was typed into it, is too long to be read."
    " Go back and type less: a search takes 100 characters at most."
)

bind = os.environ.get("AVL_BIND", f"127.0.0.1:{os.environ.get('PORT', '8000')}")
worker_class = Worker
# As long as the server permits, so that the application itself can say what is too long.
limit_request_line = 8190
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
# A page takes milliseconds; whatever needs half a minute belongs to the worker process.
timeout = 30
graceful_timeout = 10
keepalive = 5
# Recycling bounds what a slow leak can cost; the jitter keeps workers from leaving together.
max_requests = 20_000
max_requests_jitter = 2_000
# Addresses may carry feed tokens, so the access log stays off: the application logs requests.
accesslog = None
control_socket_disable = True


in_hand = 0
count_in_hand = threading.Lock()


def pre_request(worker, request):
    """Hang up after the answer where this worker has more than one request in hand.

    A connection that is kept belongs to one worker, whatever the others do: eight programs that
    called at the same moment were all served by one process on one core, while the other idled.
    Whoever has to call again is taken by the worker with the least to do.
    """
    global in_hand
    with count_in_hand:
        in_hand += 1
        if in_hand > 1:
            request.force_close()


def post_request(worker, request, environ, response):
    """Count one request less in hand."""
    global in_hand
    with count_in_hand:
        in_hand -= 1


def post_worker_init(worker):
    """Spare the garbage collector what it cannot use.

    Everything loaded so far lives as long as the worker: walking it again and again cost about a
    fifth of the time of a busy prison's day page. And a page makes thousands of small objects
    and lets all go at its end; looking for circles among them every 700 cost a tenth.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)
