"""The whole bridge as real processes over loopback, with stand-in desks and a real Alertmanager."""
