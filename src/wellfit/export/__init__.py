"""A model as an ONNX file: preprocessing, networks and average in one graph that needs no wellfit to run.

Each file follows its plain NumPy counterpart line by line: `columns` wellfit.data, `encode` and `forward`
wellfit.engine.reference, `answer` wellfit.model.averaging.
"""

from wellfit.export.check import largest_difference, onnx_inputs
from wellfit.export.file import export_onnx

__all__ = ["export_onnx", "largest_difference", "onnx_inputs"]
