"""The networks of the benchmarks in PyTorch, each made from the shape of one input and the number of classes.

Those that have a well-known form there have torchvision's names of parameters, so that test/fixtures/zoo.py uses them too.
"""

import math

import torch
from torch import nn


def mlp(shape, classes):
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(math.prod(shape), 512),
        nn.ReLU(inplace=True),
        nn.Linear(512, 512),
        nn.ReLU(inplace=True),
        nn.Linear(512, classes),
    )


def lenet(shape, classes):
    channels, height, width = shape

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


def vgg(shape, classes):
    channels, height, width = shape
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


def resnet18(shape, classes):
    """ResNet-18 with the stem for small images: a 3x3 convolution and no pooling."""
    layers = [nn.Conv2d(shape[0], 64, 3, padding=1, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True)]
    for in_channels, out_channels, stride in [(64, 64, 1), (64, 128, 2), (128, 256, 2), (256, 512, 2)]:
        layers += [BasicBlock(in_channels, out_channels, stride), BasicBlock(out_channels, out_channels, 1)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, classes))


class InvertedResidual(nn.Module):
    def __init__(self, in_channels, channels, stride, expansion):
        super().__init__()
        self.keeps_shape = stride == 1 and in_channels == channels
        wide = in_channels * expansion
        layers = [] if expansion == 1 else [convolved(in_channels, wide, 1)]
        layers += [
            convolved(wide, wide, 3, stride, groups=wide),
            nn.Conv2d(wide, channels, 1, bias=False),
            nn.BatchNorm2d(channels),
        ]
        self.conv = nn.Sequential(*layers)

    def forward(self, x):
        return x + self.conv(x) if self.keeps_shape else self.conv(x)


def convolved(in_channels, channels, kernel, stride=1, groups=1):
    return nn.Sequential(
        nn.Conv2d(in_channels, channels, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(channels),
        nn.ReLU6(inplace=True),
    )


class MobileNetV2(nn.Module):
    """torchvision's; for small images the stem and the stage of 24 channels keep the resolution."""

    def __init__(self, channels, classes, stem='cifar', dropout=0.2):
        super().__init__()
        small = stem == 'cifar'
        layers = [convolved(channels, 32, 3, 1 if small else 2)]
        channels = 32
        for expansion, out_channels, blocks, stride in [
            (1, 16, 1, 1),
            (6, 24, 2, 1 if small else 2),
            (6, 32, 3, 2),
            (6, 64, 4, 2),
            (6, 96, 3, 1),
            (6, 160, 3, 2),
            (6, 320, 1, 1),
        ]:
            for block in range(blocks):
                layers.append(InvertedResidual(channels, out_channels, 1 if block else stride, expansion))
                channels = out_channels
        self.features = nn.Sequential(*layers, convolved(channels, 1280, 1))
        self.classifier = nn.Sequential(nn.Dropout(dropout), nn.Linear(1280, classes))

    def forward(self, x):
        return self.classifier(self.features(x).mean([2, 3]))


class EncoderBlock(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.ln_1 = nn.LayerNorm(width, eps=1e-6)
        self.self_attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.ln_2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Dropout(0), nn.Linear(4 * width, width), nn.Dropout(0)
        )

    def forward(self, x):
        y = self.ln_1(x)
        x = x + self.self_attention(y, y, y, need_weights=False)[0]
        return x + self.mlp(self.ln_2(x))


class Encoder(nn.Module):
    def __init__(self, places, width, depth, heads):
        super().__init__()
        self.pos_embedding = nn.Parameter(0.02 * torch.randn(1, places, width))
        blocks = {f'encoder_layer_{i}': EncoderBlock(width, heads) for i in range(depth)}
        self.layers = nn.ModuleDict(blocks)
        self.ln = nn.LayerNorm(width, eps=1e-6)

    def forward(self, x):
        x = x + self.pos_embedding
        for layer in self.layers.values():
            x = layer(x)
        return self.ln(x[:, 0])  # the other places are not read


class VisionTransformer(nn.Module):
    """torchvision's with the sizes of ViT-Tiny and patches of 4x4."""

    def __init__(self, channels, height, width, classes, patch=4, features=192, depth=12, heads=3):
        super().__init__()
        self.class_token = nn.Parameter(torch.zeros(1, 1, features))
        self.conv_proj = nn.Conv2d(channels, features, patch, patch)
        self.encoder = Encoder(1 + (height // patch) * (width // patch), features, depth, heads)
        self.heads = nn.Sequential()
        self.heads.add_module('head', nn.Linear(features, classes))

    def forward(self, x):
        patches = self.conv_proj(x).flatten(2).transpose(1, 2)
        token = self.class_token.expand(len(x), -1, -1)
        return self.heads(self.encoder(torch.cat([token, patches], 1)))


class LstmClassifier(nn.Module):
    def __init__(self, features, classes, hidden=128, layers=2):
        super().__init__()
        self.lstm = nn.LSTM(features, hidden, layers, batch_first=True)
        self.fc = nn.Linear(hidden, classes)

    def forward(self, x):
        return self.fc(self.lstm(x)[0][:, -1])


MODELS = {
    'mlp': mlp,
    'lenet': lenet,
    'vgg': vgg,
    'resnet18': resnet18,
    'mobilenet_v2': lambda shape, classes: MobileNetV2(shape[0], classes),
    'vit_tiny': lambda shape, classes: VisionTransformer(*shape, classes),
    'lstm': lambda shape, classes: LstmClassifier(shape[1], classes),
}


def build(name, shape, classes):
    """The network called `name` for inputs of `shape`, without the batch axis."""
    return MODELS[name](shape, classes)
