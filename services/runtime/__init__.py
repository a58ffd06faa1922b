"""What every service is made of: server, model session, images in, health, metrics, errors."""
