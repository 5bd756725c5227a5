"""Where networks compute: the device that `--device` names, for this process and for those that it starts."""

from __future__ import annotations

import os

import torch

DEVICES = ("auto", "cpu", "cuda", "mps")
VARIABLE = "BLEMISH_DEVICE"
CPU = torch.device("cpu")


class DeviceError(ValueError):
    """A device that is not there."""


def choose_device(name: str) -> None:
    """Have `chosen_device` give the device called `name`, one of DEVICES, here and in processes that are started from now on.

    Raises:
        DeviceError: there is no such device on this machine.
    """
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = name
    try:
        chosen_device()
    except DeviceError:
        os.environ.pop(VARIABLE) if before is None else os.environ.update({VARIABLE: before})
        raise


def chosen_device() -> torch.device:
    """The device that was chosen; where none was, or "auto", CUDA if there is any, else the CPU.

    Raises:
        DeviceError: there is no such device on this machine.
    """
    name = os.environ.get(VARIABLE, "auto")
    is_there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        return torch.device("cuda") if is_there["cuda"] else CPU
    if name not in DEVICES:
        raise DeviceError(f"device is {name!r}; it must be one of {', '.join(DEVICES)}")
    if not is_there[name]:
        raise DeviceError(f"this machine has no {name} device; --device auto takes what there is")
    return torch.device(name)
