"""The resource types, one a module, in folders by AWS service."""
