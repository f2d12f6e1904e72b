"""The recipe of examples/airbench-cifar10.ts in PyTorch, on the same files: the accuracy that it should reach.

Usage: torch_cifar.py FOLDER [--epochs 10] [--seed 0] [--threads 2] [--steps N]
FOLDER holds data_batch_1.bin .. data_batch_5.bin and test_batch.bin. Writes a line of JSON for each epoch, and at last one with the
test accuracy, also averaged over mirror images. --steps ends after so many steps, with the loss of each, to try it.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

BATCH = 1024
WIDTHS = 64, 256, 256
MOMENTUM = 0.85
RATE = 11.5 / (1 + 1 / (1 - MOMENTUM))
DECAY = 0.0153 / 11.5
BIAS = 64
PADDING = 2
SMOOTHING = 0.2
LOOKAHEAD = 5


def load(folder, names):
    """Images [N, 3, 32, 32] from 0 to 1, and their classes."""
    rows = np.concatenate([np.fromfile(Path(folder) / name, np.uint8).reshape(-1, 3073) for name in names])
    images = rows[:, 1:].reshape(-1, 3, 32, 32).astype(np.float32) / 255
    return torch.from_numpy(images), torch.from_numpy(rows[:, 0].astype(np.int64))


def conv(channels, filters):
    layer = nn.Conv2d(channels, filters, 3, padding=1, bias=False)
    nn.init.dirac_(layer.weight.data[:channels])
    return layer


def block(channels, filters):
    def norm():
        layer = nn.BatchNorm2d(filters, eps=1e-12, momentum=0.4)
        layer.weight.requires_grad_(False)
        return layer

    first = [conv(channels, filters), nn.MaxPool2d(2), norm(), nn.GELU()]
    return nn.Sequential(*first, conv(filters, filters), norm(), nn.GELU())


def whitening(images):
    """The 16 largest principal directions of 3x3 patches and their negatives, scaled to variance 1; frozen."""
    patches = images.unfold(2, 3, 1).unfold(3, 3, 1).permute(0, 2, 3, 1, 4, 5).reshape(-1, 27).double()
    values, vectors = torch.linalg.eigh(patches.T @ patches / len(patches))
    largest = vectors.T.flip(0)[:16] / (values.flip(0)[:16, None] + 5e-4).sqrt()
    filters = largest.reshape(16, 3, 3, 3).float()
    layer = nn.Conv2d(3, 32, 3, padding=1)
    layer.weight.data.copy_(torch.cat([filters, -filters]))
    layer.bias.data.zero_()
    return layer.requires_grad_(False)


class ScaleBy(nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, x):
        return self.factor * x


def network(images):
    w1, w2, w3 = WIDTHS
    whiten = whitening(images)
    head = nn.MaxPool2d(4), nn.Flatten(), nn.Linear(w3, 10, bias=False), ScaleBy(1 / 9)
    blocks = block(32, w1), block(w1, w2), block(w2, w3)
    net = nn.Sequential(whiten, nn.GELU(), *blocks, *head)
    return net.to(memory_format=torch.channels_last)


def moved(images, generator):
    """Each image moved by up to PADDING pixels in both directions, into its own reflection."""
    padded = F.pad(images, [PADDING] * 4, 'reflect')
    dy, dx = torch.randint(0, 2 * PADDING + 1, (2, len(images)), generator=generator)
    rows = (dy[:, None] + torch.arange(32))[:, None, :, None]
    columns = (dx[:, None] + torch.arange(32))[:, None, None, :]
    return padded[torch.arange(len(images))[:, None, None, None], torch.arange(3)[None, :, None, None], rows, columns]


def triangle(x):
    return 0.2 + 0.8 * x / 0.23 if x < 0.23 else 1 - 0.93 * (x - 0.23) / 0.77


def accuracy_of(scores, classes):
    return (scores.argmax(1) == classes).float().mean().item()


@torch.no_grad()
def evaluate(net, images, test_images, test_classes):
    """Test accuracy of one look, and of mirror images too, with the statistics of all training images in the norms."""
    for layer in net.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.reset_running_stats()
            layer.momentum = None
    net.train()
    for part in images.split(1000):
        net(part)
    net.eval()
    once = torch.cat([net(part).softmax(1) for part in test_images.split(1000)])
    mirrored = torch.cat([net(part.flip(3)).softmax(1) for part in test_images.split(1000)])
    return accuracy_of(once, test_classes), accuracy_of(once + mirrored, test_classes)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('folder')
    parser.add_argument('--epochs', type=int, default=10)
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--steps', type=int)
    task = parser.parse_args()
    torch.manual_seed(task.seed)
    torch.set_num_threads(task.threads)
    torch.set_flush_denormal(True)
    generator = torch.Generator().manual_seed(task.seed)

    images, classes = load(task.folder, [f'data_batch_{i}.bin' for i in range(1, 6)])
    test_images, test_classes = load(task.folder, ['test_batch.bin'])
    mean, std = images.mean((0, 2, 3), keepdim=True), images.std((0, 2, 3), keepdim=True)
    images, test_images = (images - mean) / std, (test_images - mean) / std

    net = network(images[:2000])
    trained = [parameter for parameter in net.parameters() if parameter.requires_grad]
    weights = [parameter for parameter in trained if parameter.dim() > 1]
    biases = [parameter for parameter in trained if parameter.dim() == 1]
    groups = [
        {'params': weights, 'base': RATE, 'weight_decay': DECAY},
        {'params': biases, 'base': RATE * BIAS, 'weight_decay': DECAY / BIAS},
    ]
    optimizer = torch.optim.SGD(groups, lr=RATE, momentum=MOMENTUM, nesterov=True)
    slow = [parameter.detach().clone() for parameter in trained]

    steps_per_epoch = len(images) // BATCH
    steps = steps_per_epoch * task.epochs
    mirrored_first = torch.rand(len(images), generator=generator) < 0.5
    step = 0
    started = time.time()
    for epoch in range(task.epochs):
        net.train()
        order = torch.randperm(len(images), generator=generator)
        right = 0
        for ids in order[: steps_per_epoch * BATCH].split(BATCH):
            is_mirrored = mirrored_first[ids] ^ bool(epoch % 2)
            batch = images[ids]
            batch = moved(torch.where(is_mirrored[:, None, None, None], batch.flip(3), batch), generator)
            for group in optimizer.param_groups:
                group['lr'] = group['base'] * triangle(step / steps)
            scores = net(batch.contiguous(memory_format=torch.channels_last))
            loss = F.cross_entropy(scores, classes[ids], label_smoothing=SMOOTHING)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            right += (scores.argmax(1) == classes[ids]).sum().item()
            step += 1
            if step % LOOKAHEAD == 0:
                keep = 0.95**5 * (step / steps) ** 3
                with torch.no_grad():
                    for held, parameter in zip(slow, trained):
                        held.lerp_(parameter, 1 - keep)
                        parameter.copy_(held)
            if task.steps:
                print(json.dumps({'step': step, 'loss': loss.item()}), flush=True)
            if step == task.steps:
                return
        accuracy = right / (steps_per_epoch * BATCH)
        seconds = time.time() - started
        print(json.dumps({'epoch': epoch + 1, 'trainAccuracy': accuracy, 'seconds': seconds}), flush=True)

    for held, parameter in zip(slow, trained):
        parameter.data.copy_(held)
    once, mirrored = evaluate(net, images, test_images, test_classes)
    result = {'testAccuracy': once, 'withMirrorImages': mirrored, 'epochs': task.epochs, 'seed': task.seed}
    print(json.dumps({**result, 'parameters': sum(parameter.numel() for parameter in net.parameters())}))


main()
