"""PyTorch's side of `bench -- optim`: the same update of tensors of the same shapes, on random gradients in memory.

Usage: torch_optim.py '{"optimizer": "adamw", "shapes": [[64, 3, 3, 3]], "threads": 2, "kind": "fused"}'. Speaks the same
lines as torch_step.py.
"""

import torch

from serve import serve

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


serve(prepare)
