"""AWS as the commands see it: clients, and what their answers mean."""
