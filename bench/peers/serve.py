"""What every PyTorch peer of a benchmark does: prepares its work once, then times it whenever it is told to."""

import json
import resource
import statistics
import sys
import time


def time_steps(step, count):
    """The median time of a step in milliseconds."""
    times = []
    for _ in range(count):
        started = time.perf_counter()
        step()
        times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times)


def peak_megabytes():
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # kilobytes, on macOS bytes
    return peak / 1e6 if sys.platform == 'darwin' else peak * 1024 / 1e6


def say(message):
    print(json.dumps(message), flush=True)


def begin(prepare, task):
    """Prepares a task and does its first step."""
    started = time.perf_counter()
    parameters, step = prepare(task)
    step()
    say({'startMs': 1000 * (time.perf_counter() - started), 'parameters': parameters})
    return step


def serve(prepare):
    """
    `prepare` makes (number of parameters, step) of the task in the last argument. A line on stdin is a number of steps, or
    another task in place of the one before.
    """
    step = begin(prepare, json.loads(sys.argv[-1]))
    for line in sys.stdin:
        if line.startswith('{'):
            step = None  # its memory goes before the next one's comes
            step = begin(prepare, json.loads(line))
        else:
            ms = time_steps(step, int(line))
            say({'ms': ms, 'peakMB': peak_megabytes()})
