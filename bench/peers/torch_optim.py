"""PyTorch's side of `bench -- optim`: the same update of tensors of the same shapes, on random gradients in memory.

Usage: torch_optim.py '{"optimizer": "adamw", "shapes": [[64, 3, 3, 3]], "threads": 2, "kind": "fused"}'. Speaks the same
lines as torch_step.py.
"""

import json
import resource
import statistics
import sys
import time

import torch

OPTIMIZERS = {
    'sgd': lambda params, **kind: torch.optim.SGD(params, lr=1e-3, **kind),
    'momentum': lambda params, **kind: torch.optim.SGD(params, lr=1e-3, momentum=0.9, **kind),
    'adam': lambda params, **kind: torch.optim.Adam(params, **kind),
    'adamw': lambda params, **kind: torch.optim.AdamW(params, **kind),
}


def prepare(task):
    """The number of updated numbers, and a function that does one update."""
    torch.manual_seed(0)
    torch.set_num_threads(task['threads'])
    params = [torch.randn(shape, requires_grad=True) for shape in task['shapes']]
    for param in params:
        param.grad = torch.randn_like(param)
    optimizer = OPTIMIZERS[task['optimizer']](params, **{task['kind']: True})
    return sum(param.numel() for param in params), optimizer.step


def time_steps(step, count):
    """The median time of an update in milliseconds."""
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


def main():
    started = time.perf_counter()
    parameters, step = prepare(json.loads(sys.argv[-1]))
    step()
    say({'startMs': 1000 * (time.perf_counter() - started), 'parameters': parameters})
    for line in sys.stdin:
        ms = time_steps(step, int(line))
        say({'ms': ms, 'peakMB': peak_megabytes()})


main()
