"""The gRPC services, and the runtime that each of them is made of."""
