"""What a network costs: parameters, multiply-adds, memory, receptive field and time, without running it."""

from archc.cost.memory import Memory, memory

__all__ = ["Memory", "memory"]
