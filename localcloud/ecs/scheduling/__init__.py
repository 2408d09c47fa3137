"""The scheduler and the control plane that carries out its actions."""
