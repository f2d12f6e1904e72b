"""PyTorch's side of `bench -- step`: the same networks and the same step, eager or through torch.compile, on random data in
memory.

Usage: torch_step.py '{"name": "vgg", "inputShape": [3, 32, 32], "classes": 10, "batchSize": 128, "threads": 2,
"channelsLast": false, "compile": false}'. Writes a line of JSON when it is ready, then reads numbers of steps, one a line,
and answers each with a line of JSON; ends with its input. The other end is bench/worker.ts.
"""

import torch
from torch.nn import functional as F

from serve import serve
from torch_models import build


def prepare(task):
    """The number of trained numbers, and a function that does one step."""
    torch.manual_seed(0)
    torch.set_num_threads(task['threads'])
    model = build(task['name'], task['inputShape'], task['classes'])
    inputs = torch.randn(task['batchSize'], *task['inputShape'])
    targets = torch.randint(task['classes'], [task['batchSize']])
    if task['channelsLast']:
        model = model.to(memory_format=torch.channels_last)
        inputs = inputs.to(memory_format=torch.channels_last)

    def loss_of(inputs, targets):
        return F.cross_entropy(model(inputs), targets)

    if task['compile']:
        loss_of = torch.compile(loss_of)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, foreach=True)

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(inputs, targets)
        loss.backward()
        optimizer.step()
        if not torch.isfinite(loss):
            raise SystemExit(f'the loss is {loss.item()}, so the times mean nothing')

    return sum(parameter.numel() for parameter in model.parameters()), step


serve(prepare)
