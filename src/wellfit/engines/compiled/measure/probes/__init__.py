"""Probes: what is read of a member's workspace after an update, and of its units while it is evaluated."""
