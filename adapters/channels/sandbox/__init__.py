"""The sandbox's sales channel."""

from adapters.channels.sandbox.adapter import SandboxChannel

__all__ = ["SandboxChannel"]
