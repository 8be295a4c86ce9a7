"""Webhook endpoints: clients' URLs that receive events."""
