"""The city: a neighbourhood network for one town or association."""
