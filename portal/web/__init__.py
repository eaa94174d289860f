"""What all pages share: settings, middleware, health, base templates, static files."""
