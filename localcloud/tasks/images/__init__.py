"""Images of tasks: the store, images that were pushed, and the container engine that runs those."""
