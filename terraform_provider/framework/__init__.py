"""All that a resource type needs: its base class, AWS clients, tags, waiting, errors, and the life of a resource."""
