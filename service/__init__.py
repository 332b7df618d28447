"""A consent-gated personal itinerary lookup for mobile operators."""
