"""torchvision's side of `bench -- data`: transforms v2, in as many worker processes of a DataLoader as there are threads.

Usage: torch_data.py '{"kind": "decode", "files": ["1.jpg"], "side": 224, "batch": 32, "images": 256, "threads": 2}'. Speaks the
same lines as torch_step.py. What is augmented are tensors in memory, as ours are; they are transformed one by one, so that each
gets a draw of its own.
"""

import torch
from torch.utils.data import DataLoader, Dataset
from torchvision.io import ImageReadMode, decode_jpeg, read_file
from torchvision.transforms import v2

from serve import serve


class Files(Dataset):
    def __init__(self, files, side):
        self.files = files
        self.transform = v2.Compose([v2.Resize(side, antialias=True), v2.CenterCrop(side)])

    def __len__(self):
        return len(self.files)

    def __getitem__(self, i):
        return self.transform(decode_jpeg(read_file(self.files[i]), mode=ImageReadMode.RGB))


class Pictures(Dataset):
    def __init__(self, count, side, transform):
        self.pictures = torch.randint(0, 256, (count, 3, side, side), dtype=torch.uint8)
        self.transform = transform

    def __len__(self):
        return len(self.pictures)

    def __getitem__(self, i):
        return self.transform(self.pictures[i])


def standard(side):
    """What `augment.standard()` does: mirrored, and moved by up to an eighth of the size."""
    return v2.Compose([
        v2.RandomHorizontalFlip(),
        v2.RandomCrop(side, padding=side // 8, padding_mode='reflect'),
        v2.ToDtype(torch.float32, scale=True),
        v2.Normalize((0.49, 0.48, 0.45), (0.25, 0.24, 0.26)),
    ])


def prepare(task):
    """The number of parameters (none), and a function that goes through all images once."""
    torch.set_num_threads(1)
    side = task['side']
    if task['kind'] == 'decode':
        data = Files(task['files'], side)
    else:
        data = Pictures(task['images'], side, standard(side))
    loader = DataLoader(
        data,
        task['batch'],
        shuffle=task['kind'] == 'loader',
        num_workers=task['threads'],
        persistent_workers=True,
    )

    def step():
        for _ in loader:
            pass

    return 0, step


serve(prepare)
