"""PyTorch's side of `bench -- ops`: one operator on random numbers in memory, in one of its layouts.

Usage: torch_op.py '{"op": "convForward", "batch": 128, "inChannels": 64, "outChannels": 64, "size": 32, "kernel": 3,
"stride": 1, "groups": 1, "threads": 2, "channelsLast": false}'; for the other operators see ../op-cases.ts. Speaks the same
lines as torch_step.py.
"""

import torch
from torch.nn import functional as F

from serve import serve


def conv(task, image):
    size, kernel, stride, groups = task['size'], task['kernel'], task['stride'], task['groups']
    after = -(-size // stride)
    x = image(task['inChannels'], size)
    weight = torch.randn(task['outChannels'], task['inChannels'] // groups, kernel, kernel)
    if task['channelsLast']:
        weight = weight.to(memory_format=torch.channels_last)
    pad = kernel // 2
    if task['op'] == 'convForward':
        return lambda: F.conv2d(x, weight, None, stride, pad, 1, groups)
    dy = image(task['outChannels'], after)
    wanted = [task['op'] == 'convInputGrad', task['op'] == 'convWeightGrad', False]
    backward = torch.ops.aten.convolution_backward
    strides, pads = [stride, stride], [pad, pad]
    return lambda: backward(dy, x, weight, None, strides, pads, [1, 1], False, [0, 0], groups, wanted)


def batch_norm(task, image):
    channels, size = task['channels'], task['size']
    x, dy = image(channels, size).requires_grad_(), image(channels, size)
    scale, bias = torch.randn(channels, requires_grad=True), torch.randn(channels, requires_grad=True)

    def step():
        y = F.batch_norm(x, None, None, scale, bias, training=True)
        torch.autograd.grad(y, [x, scale, bias], dy)

    return step


def max_pool(task, image):
    channels, size = task['channels'], task['size']
    x, dy = image(channels, size).requires_grad_(), image(channels, size // 2)
    return lambda: torch.autograd.grad(F.max_pool2d(x, 2), x, dy)


def matmul(task, _):
    x, weight = torch.randn(task['m'], task['k']), torch.randn(task['n'], task['k'])
    return lambda: F.linear(x, weight)


OPS = {'batchNorm': batch_norm, 'maxPool': max_pool, 'matmul': matmul}


def prepare(task):
    """No parameters, and a function that does the operator once."""
    torch.manual_seed(0)
    torch.set_num_threads(task['threads'])
    layout = torch.channels_last if task['channelsLast'] else torch.contiguous_format

    def image(channels, size):
        return torch.randn(task['batch'], channels, size, size).to(memory_format=layout)

    return 0, OPS.get(task['op'], conv)(task, image)


serve(prepare)
