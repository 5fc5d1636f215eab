"""A graph of ONNX operations, written as calls: `g.op("Add", x, y)` is a node, and its result the name of the sum."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit import __version__
from wellfit.errors import InputError

# Types of tensors, as ONNX numbers them.
FLOAT, INT64, STRING, BOOL, DOUBLE = 1, 7, 8, 9, 11
# Old enough for runtimes of the last years, new enough for all operations that are used.
OPSET, ML_OPSET, IR_VERSION = 18, 2, 8
ML = "ai.onnx.ml"
Value = str | NDArray[Any] | np.generic


def require(module: str) -> Any:
    """The optional library.

    Raises:
        InputError: it is not installed.
    """
    try:
        return import_module(module)
    except ImportError:
        raise InputError(
            f'Exporting to ONNX needs the library {module}, which is not installed: pip install "wellfit[onnx]".'
        ) from None


class Graph:
    """Nodes, constants, inputs and outputs.

    Equal operations on equal values are made once, so that what several members have in common (the tables of one
    view, the weights of tied layers) is stored and computed once.

    reserved: names that the caller wants for inputs and outputs.
    """

    def __init__(self, reserved: set[str]) -> None:
        self.onnx = require("onnx")
        self._reserved = reserved
        self._nodes: list[Any] = []
        self._inputs: list[Any] = []
        self._outputs: list[Any] = []
        self._constants: dict[tuple[Any, ...], Any] = {}
        self._made: dict[tuple[Any, ...], tuple[str, ...]] = {}
        self._count = 0

    def op(self, kind: str, *inputs: Value, domain: str = "", **attributes: Any) -> str:
        """An operation with one result, and the result's name."""
        return self.ops(kind, 1, *inputs, domain=domain, **attributes)[0]

    def ops(self, kind: str, results: int, *inputs: Value, domain: str = "", **attributes: Any) -> tuple[str, ...]:
        """An operation with several results, and their names. inputs: names of values, or constant arrays."""
        names = tuple(value if isinstance(value, str) else self.constant(np.asarray(value)) for value in inputs)
        key = (kind, domain, names, repr(sorted(attributes.items())))
        if key not in self._made:
            made = tuple(self._new_name() for _ in range(results))
            self._nodes.append(self.onnx.helper.make_node(kind, names, made, domain=domain, **attributes))
            self._made[key] = made
        return self._made[key]

    def constant(self, array: NDArray[Any]) -> str:
        """A constant's name; text is an array of objects."""
        content = tuple(array.ravel()) if array.dtype == object else array.tobytes()
        key = (array.dtype.str, array.shape, content)
        if key not in self._constants:
            name = self._new_name()
            if array.dtype == object:
                texts = [text.encode() for text in array.ravel()]
                self._constants[key] = self.onnx.helper.make_tensor(name, STRING, array.shape, texts)
            else:
                self._constants[key] = self.onnx.numpy_helper.from_array(np.ascontiguousarray(array), name)
        return str(self._constants[key].name)

    def input(self, name: str, kind: int, shape: tuple[int, ...], meaning: str) -> str:
        """An input (rows, *shape)."""
        self._inputs.append(self.onnx.helper.make_tensor_value_info(name, kind, ["rows", *shape], meaning))
        return name

    def output(self, name: str, value: str, kind: int, shape: tuple[int, ...], meaning: str) -> None:
        """Make a value an output (rows, *shape). Its name gets a "_" at the end where a column is called so."""
        while name in {one.name for one in (*self._inputs, *self._outputs)}:
            name += "_"
        self._nodes.append(self.onnx.helper.make_node("Identity", [value], [name]))
        self._outputs.append(self.onnx.helper.make_tensor_value_info(name, kind, ["rows", *shape], meaning))

    def finish(self, meaning: str, metadata: dict[str, str]) -> bytes:
        """The whole as a file's content, checked by ONNX's own checker.

        Raises:
            InputError: it is larger than such a file can be.
        """
        helper = self.onnx.helper
        constants = list(self._constants.values())
        graph = helper.make_graph(self._nodes, "wellfit", self._inputs, self._outputs, constants, meaning)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(ML, ML_OPSET)]
        made = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)
        made.producer_name, made.producer_version = "wellfit", __version__
        helper.set_model_props(made, metadata)
        if made.ByteSize() >= 2**31:
            raise InputError(
                f"An ONNX file holds less than 2 GiB, and this model takes {made.ByteSize() / 2**30:.1f}: export "
                "fewer networks (member), or smaller ones."
            )
        self.onnx.checker.check_model(made, full_check=True)
        return bytes(made.SerializeToString())

    # What is used everywhere, by short names.

    def add(self, x: Value, y: Value) -> str:
        """x + y."""
        return self.op("Add", x, y)

    def sub(self, x: Value, y: Value) -> str:
        """x - y."""
        return self.op("Sub", x, y)

    def mul(self, x: Value, y: Value) -> str:
        """x times y."""
        return self.op("Mul", x, y)

    def div(self, x: Value, y: Value) -> str:
        """x / y."""
        return self.op("Div", x, y)

    def clip(self, x: Value, low: Value, high: Value) -> str:
        """x held between two arrays."""
        return self.op("Max", self.op("Min", x, high), low)

    def cast(self, x: Value, kind: int) -> str:
        """x as another type."""
        return self.op("Cast", x, to=kind)

    def join(self, parts: list[str], axis: int = 1) -> str:
        """Parts side by side."""
        return parts[0] if len(parts) == 1 else self.op("Concat", *parts, axis=axis)

    def reshape(self, x: Value, *shape: int) -> str:
        """x in another shape; 0 keeps a length."""
        return self.op("Reshape", x, np.array(shape, np.int64))

    def total(self, x: Value, axis: int, keep: bool = False) -> str:
        """The sum along an axis."""
        return self.op("ReduceSum", x, np.array([axis], np.int64), keepdims=int(keep))

    def _new_name(self) -> str:
        self._count += 1
        name = f"v{self._count}"
        return name if name not in self._reserved else self._new_name()
