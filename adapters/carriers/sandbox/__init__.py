"""The sandbox's carriers: FedEx, UPS and USPS accounts that are flagged as simulated."""

from adapters.carriers.sandbox.adapter import SandboxCarrier

__all__ = ["SandboxCarrier"]
