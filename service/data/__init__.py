"""Tables that ship with the service, and the script that makes them."""
