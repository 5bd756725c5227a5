"""Weights in Caffe's own files, .caffemodel: a protobuf message NetParameter, in the layout of 2015 or the one before it.

Field numbers are those of github.com/BVLC/caffe/blob/master/src/caffe/proto/caffe.proto; only what weights need is declared,
and protobuf skips the rest.
"""

from __future__ import annotations

import os
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor_pb2 import FieldDescriptorProto
from google.protobuf.message import DecodeError
from torch import Tensor

from ...distortion_model.files import WeightsError

CONVOLUTIONS = ("Convolution", 4)  # what a layer's type is in the new layout and in the old
LINEAR = ("InnerProduct", 14)

_FIELDS = {  # of each message: name, number, type, whether there can be several
    "BlobShape": [("dim", 1, "int64", True)],
    "BlobProto": [
        ("num", 1, "int64", False),
        ("channels", 2, "int64", False),
        ("height", 3, "int64", False),
        ("width", 4, "int64", False),
        ("data", 5, "float", True),
        ("shape", 7, "BlobShape", False),
        ("double_data", 8, "double", True),
    ],
    "LayerParameter": [("name", 1, "string", False), ("type", 2, "string", False), ("blobs", 7, "BlobProto", True)],
    "V1LayerParameter": [("name", 4, "string", False), ("type", 5, "int32", False), ("blobs", 6, "BlobProto", True)],
    "NetParameter": [("layers", 2, "V1LayerParameter", True), ("layer", 100, "LayerParameter", True)],
}


def read_caffe_weights(path: str | os.PathLike) -> dict[str, Tensor]:
    """The weights of the convolutions and linear layers in a .caffemodel, as a state dict.

    "conv1.weight" is (out, in / groups, height, width), "fc6.weight" is (out, in), "conv1.bias" and "fc6.bias" are (out,).

    Raises:
        WeightsError: there is no such file, or it is not a .caffemodel with weights in single precision.
    """
    path = Path(path)
    try:
        net = _NET.FromString(path.read_bytes())
    except FileNotFoundError as error:
        raise WeightsError(f"{path}: there is no such file") from error
    except OSError as error:
        raise WeightsError(f"{path}: cannot be read ({error.strerror})") from error
    except DecodeError as error:
        raise WeightsError(f"{path}: is not a .caffemodel, or is cut off") from error
    state = {}
    for layer in chain(net.layer, net.layers):
        if layer.type not in CONVOLUTIONS + LINEAR:
            continue
        for part, blob in zip(("weight", "bias"), layer.blobs, strict=False):  # there may be no bias, or nothing at all
            name = f"{layer.name}.{part}"
            tensor = _tensor(blob, f"{path}: {name}")
            if part == "bias":  # the old layout pads every shape to four dimensions with leading ones
                tensor = tensor.flatten()
            elif layer.type in LINEAR and tensor.ndim > 2:
                tensor = tensor.flatten(0, -2)
            state[name] = tensor
    if not state:
        raise WeightsError(f"{path}: is not a .caffemodel with weights of convolutions or linear layers")
    return state


def _tensor(blob: Any, name: str) -> Tensor:
    """The numbers in a BlobProto, in their shape; `name` is for messages."""
    if blob.double_data:
        raise WeightsError(f"{name} is in double precision (double_data), but must be in single precision (data)")
    legacy = (blob.num, blob.channels, blob.height, blob.width)
    shape = tuple(blob.shape.dim) if blob.HasField("shape") else legacy
    numbers = np.array(blob.data, dtype=np.float32)
    try:
        return torch.from_numpy(numbers.reshape(shape))
    except ValueError as error:
        raise WeightsError(f"{name} has {numbers.size} numbers, which do not fill its shape {shape}") from error


def _net_parameter() -> type:
    """The class of Caffe's NetParameter, in a pool of its own so that it does not meet an installed Caffe's."""
    file = descriptor_pb2.FileDescriptorProto(name="caffe.proto", package="caffe", syntax="proto2")
    for message, fields in _FIELDS.items():
        declared = file.message_type.add(name=message)
        for name, number, kind, several in fields:
            label = FieldDescriptorProto.LABEL_REPEATED if several else FieldDescriptorProto.LABEL_OPTIONAL
            field = declared.field.add(name=name, number=number, label=label)
            if kind in _FIELDS:
                field.type, field.type_name = FieldDescriptorProto.TYPE_MESSAGE, f".caffe.{kind}"
            else:
                field.type = FieldDescriptorProto.Type.Value(f"TYPE_{kind.upper()}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("caffe.NetParameter"))


_NET: Any = _net_parameter()
