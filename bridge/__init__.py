"""The bridge between monitoring and the service desk."""
