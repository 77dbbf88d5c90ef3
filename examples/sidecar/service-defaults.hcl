# Without it Consul takes the service for TCP, and the two sides do not agree on HTTP/2.
Kind     = "service-defaults"
Name     = "risk"
Protocol = "grpc"
