"""What the services that find boxes are made of: the network, the choice, the messages."""
