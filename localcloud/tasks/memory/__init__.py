"""Memory limits of tasks and containers: control groups of the kernel, and a watch where there are none."""
