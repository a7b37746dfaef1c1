"""Hidden states from a seed, the same bit for bit in every language (fixture.md, "Generated inputs")."""

import numpy
import torch

NAME = "splitmix64-sum12"

# SplitMix64: what the counter advances by, and the two factors that mix it.
STEP, FIRST, SECOND = (numpy.uint64(n) for n in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))

DRAWS = 3  # of 64 bits for an element, four numbers of 16 bits each
MEAN = 12 * 0xFFFF // 2
UNIT = 65536.0  # the deviation of such a sum, but for a part in ten thousand million


def mixed(counter):
    counter = (counter ^ (counter >> numpy.uint64(30))) * FIRST
    counter = (counter ^ (counter >> numpy.uint64(27))) * SECOND
    return counter ^ (counter >> numpy.uint64(31))


def values(seed, scale, count):
    """`count` numbers as float32, about normal, with mean 0 and deviation `scale`."""
    places = numpy.arange(1, DRAWS * count + 1, dtype=numpy.uint64)
    draws = mixed(numpy.uint64(seed % 2 ** 64) + places * STEP)  # both wrap, as meant
    quarters = sum((draws >> numpy.uint64(bits)) & numpy.uint64(0xFFFF) for bits in (0, 16, 32, 48))
    sums = quarters.reshape(count, DRAWS).sum(axis=1).astype(numpy.int64) - MEAN
    return (sums / UNIT * scale).astype(numpy.float32)


def tensor(seed, scale, *shape):
    return torch.from_numpy(values(seed, scale, int(numpy.prod(shape)))).reshape(shape)
