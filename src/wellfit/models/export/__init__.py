"""A model as an ONNX file: preprocessing, networks and average in one graph that needs no wellfit to run.

Each file follows its plain NumPy counterpart line by line: `columns` wellfit.tables, `encode` and `forward`
wellfit.engines.numpy.forward, `prediction` wellfit.models.model.averaging.
"""

from wellfit.models.export.check import largest_difference, onnx_inputs
from wellfit.models.export.file import export_onnx

__all__ = ["export_onnx", "largest_difference", "onnx_inputs"]
