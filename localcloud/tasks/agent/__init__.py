"""The counterpart of the ECS agent: metadata of tasks and sessions of ECS Exec."""
