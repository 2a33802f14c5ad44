"""How gunicorn serves the application, on a desk and in production alike."""

import gc
import os

bind = os.environ.get("AVL_BIND", f"127.0.0.1:{os.environ.get('PORT', '8000')}")
worker_class = "gthread"
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


def post_worker_init(worker):
    """Spare the garbage collector what it cannot use.

    Everything loaded so far lives as long as the worker: walking it again and again cost about a
    fifth of the time of a busy prison's day page. And a page makes thousands of small objects
    and lets all go at its end; looking for circles among them every 700 cost a tenth.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)
