"""python3-limits behind JSON lines: adapter.py STRATEGY, a thread for each question that is under way."""
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

AHEAD = int(os.environ["RATELAB_CLOCK_AHEAD_MS"]) / 1000
clock = time.time
time.time = lambda: clock() + AHEAD

import limits  # noqa: E402: it must find the other clock
import limits.storage  # noqa: E402
import limits.strategies  # noqa: E402

redis = os.environ["RATELAB_REDIS"]
storage = limits.storage.storage_from_string(redis or "memory://")
limiter = limits.strategies.STRATEGIES[sys.argv[1]](storage)
item = limits.RateLimitItemPerSecond(
    int(os.environ["RATELAB_PERMITS"]),
    int(os.environ["RATELAB_WINDOW_MS"]) // 1000,
    namespace=os.environ["RATELAB_NAMESPACE"],
)


def say(answer):
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def size():
    if redis:
        return sum(1 for _ in storage.storage.scan_iter(item.namespace + "*"))
    return len(storage.storage) + len(storage.events)


def answer(question):
    number = question["id"]
    try:
        if question.get("op") == "size":
            say({"id": number, "size": size()})
            return
        key = question["key"]
        allowed = limiter.hit(item, key, cost=question.get("cost", 1))
        reset, remaining = limiter.get_window_stats(item, key)
        told = {"id": number, "allowed": allowed, "remaining": remaining}
        # A moving window's reset is not when all is back.
        if sys.argv[1] == "fixed-window":
            told |= {"resetAfterMs": max(0, reset - time.time()) * 1000, "unitMs": 1000}
        say(told)
    except Exception as error:
        say({"id": number, "error": repr(error)})


say(
    {
        "name": "python-limits",
        "version": limits.__version__,
        "cost": True,
        "shared": bool(redis),
        "size": True,
        "clock": True,
    }
)
with ThreadPoolExecutor(512) as threads:
    for line in sys.stdin:
        threads.submit(answer, json.loads(line))
