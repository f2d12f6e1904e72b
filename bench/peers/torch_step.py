"""PyTorch's side of `bench -- step`: the same networks and the same step, eager, on random data in memory.

Usage: torch_step.py '{"name": "vgg", "inputShape": [3, 32, 32], "classes": 10, "batchSize": 128, "threads": 2,
"channelsLast": false}'. Writes a line of JSON when it is ready, then reads numbers of steps, one a line, and answers each
with a line of JSON; ends with its input. The other end is bench/worker.ts.
"""

import torch
from torch import nn
from torch.nn import functional as F

from serve import serve


def mlp(channels, height, width, classes):
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(channels * height * width, 512),
        nn.ReLU(inplace=True),
        nn.Linear(512, 512),
        nn.ReLU(inplace=True),
        nn.Linear(512, classes),
    )


def lenet(channels, height, width, classes):
    def after(size):
        return (size // 2 - 4) // 2

    return nn.Sequential(
        nn.Conv2d(channels, 6, 5, padding=2),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * after(height) * after(width), 120),
        nn.ReLU(inplace=True),
        nn.Linear(120, 84),
        nn.ReLU(inplace=True),
        nn.Linear(84, classes),
    )


def vgg(channels, height, width, classes):
    layers = []
    for item in [64, 64, 'M', 128, 128, 'M', 256, 256, 'M']:
        if item == 'M':
            layers.append(nn.MaxPool2d(2))
            height, width = height // 2, width // 2
        else:
            layers += [
                nn.Conv2d(channels, item, 3, padding=1, bias=False),
                nn.BatchNorm2d(item),
                nn.ReLU(inplace=True),
            ]
            channels = item
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels * height * width, classes))


class BasicBlock(nn.Module):
    def __init__(self, in_channels, channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, channels, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1 or in_channels != channels:
            self.downsample = nn.Sequential(
                nn.Conv2d(in_channels, channels, 1, stride, bias=False), nn.BatchNorm2d(channels)
            )

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        y += x if self.downsample is None else self.downsample(x)
        return self.relu(y)


def resnet18(channels, height, width, classes):
    """ResNet-18 with the stem for small images: a 3x3 convolution and no pooling."""
    layers = [nn.Conv2d(channels, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True)]
    for in_channels, out_channels, stride in [(64, 64, 1), (64, 128, 2), (128, 256, 2), (256, 512, 2)]:
        layers += [BasicBlock(in_channels, out_channels, stride), BasicBlock(out_channels, out_channels, 1)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, classes))


MODELS = {'mlp': mlp, 'lenet': lenet, 'vgg': vgg, 'resnet18': resnet18}


def prepare(task):
    """The number of trained numbers, and a function that does one step."""
    torch.manual_seed(0)
    torch.set_num_threads(task['threads'])
    model = MODELS[task['name']](*task['inputShape'], task['classes'])
    inputs = torch.randn(task['batchSize'], *task['inputShape'])
    targets = torch.randint(task['classes'], [task['batchSize']])
    if task['channelsLast']:
        model = model.to(memory_format=torch.channels_last)
        inputs = inputs.to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, foreach=True)

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(model(inputs), targets)
        loss.backward()
        optimizer.step()
        if not torch.isfinite(loss):
            raise SystemExit(f'the loss is {loss.item()}, so the times mean nothing')

    return sum(parameter.numel() for parameter in model.parameters()), step


serve(prepare)
