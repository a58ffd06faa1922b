"""Networks that were trained on ImageNet, to build detectors and segmenters on."""
