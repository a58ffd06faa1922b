"""Road scenes: U-Net, a class for each pixel."""
