"""What a shipment would cost."""
