"""Scaling of inputs."""
