"""Activations: the functions that make a network more than one linear map."""

from wellfit.techniques.network.activation.base import Activation, activation_kernels, parametric_kernels
from wellfit.techniques.network.activation.classic import Identity, LeakyReLU, PReLU, ReLU, Sigmoid, Tanh
from wellfit.techniques.network.activation.smooth import ELU, GELU, SELU, Mish, SiLU, Softplus

__all__ = [
    "ELU", "GELU", "SELU", "Activation", "Identity", "LeakyReLU", "Mish", "PReLU", "ReLU", "SiLU", "Sigmoid",
    "Softplus", "Tanh", "activation_kernels", "parametric_kernels",
]  # fmt: skip
