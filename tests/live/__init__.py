"""Traffic as it happens: growing files, pipes, and real peers in network namespaces."""
