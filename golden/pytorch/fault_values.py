#!/usr/bin/python3
"""Write what a runtime with each fault of faults.py gives for the small golden cases, in float32: a folder per fault and
case with one file per tensor. The gate's diagnosis has to name them (PyTorchFaultsTests).

    /usr/bin/python3 golden/pytorch/fault_values.py DIR
"""

import pathlib
import sys

import torch

import cases
import faults
import make_golden

MOST_HIDDEN = 100  # cases of real size take long and show nothing more


def write(folder, tensors):
    """Each tensor as its numbers in little-endian float32 or int64; shapes are those of the fixture."""
    folder.mkdir(parents=True)
    for name, tensor in tensors.items():
        kind = "f32" if tensor.dtype.is_floating_point else "i64"
        (folder / (name + "." + kind)).write_bytes(tensor.contiguous().numpy().tobytes())


def main(target):
    torch.set_num_threads(1)
    small = [case for case in cases.CASES if case.hidden <= MOST_HIDDEN]
    for fault in faults.all_faults():
        for case in small:
            given = make_golden.evaluate(case, fault, torch.float32)
            write(target / fault.__name__ / case.name, given)
        print(fault.__name__, flush=True)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
