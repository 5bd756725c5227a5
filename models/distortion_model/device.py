"""Where the embedded network computes: the device that `--device` names, for this process and for those that it starts.

On a cluster the environment of each node decides.
"""

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
    device_called(name)
    os.environ[VARIABLE] = name


def chosen_device() -> torch.device:
    """The device that was chosen, by `choose_device` or in the environment as BLEMISH_DEVICE; without a choice, "auto".

    Raises:
        DeviceError: there is no such device on this machine.
    """
    return device_called(os.environ.get(VARIABLE, "auto"))


def device_called(name: str) -> torch.device:
    """One of DEVICES; "auto" is CUDA where there is any, else the CPU.

    Raises:
        DeviceError: there is no such device on this machine.
    """
    if name not in DEVICES:
        raise DeviceError(f"the device (--device or {VARIABLE}) is {name!r}; it must be one of {', '.join(DEVICES)}")
    if name == "auto":
        return torch.device("cuda") if torch.cuda.is_available() else CPU
    if (name == "cuda" and not torch.cuda.is_available()) or (name == "mps" and not torch.backends.mps.is_available()):
        raise DeviceError(f"this machine has no {name} device; --device auto takes what there is")
    return torch.device(name)
