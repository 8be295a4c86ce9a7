"""What each carrier and sales channel wants to know and offers: facts, one module a vendor. No code talks here."""
