"""The in-place rule against torch: what ops alias and save, and random networks run forward and backward."""
