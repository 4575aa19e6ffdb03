"""From a picture to sheets: how large cards are, which layout they stand in, and what stands around them."""
