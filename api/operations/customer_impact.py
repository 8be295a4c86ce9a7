"""What the customer of an order sees when an effect is taken back."""

from domain.effects import Effect

SHIPPED = "the order is shown as not shipped again"
MAILED = f"{SHIPPED}; the mail that told of the shipment can't be recalled"


def customer_sees(effect: Effect) -> str | None:
    """Tell in words for a person what the customer sees when the effect is taken back; None where that is not known."""
    result = effect.result or {}
    if effect.step == "buy_label" and not result.get("tracking_number"):
        return "nothing"
    if effect.step == "buy_label":
        return f"nothing; who was told {result.get('tracking_number')} sees no parcel there"
    if effect.step == "push_fulfillment":
        return MAILED if result.get("notified") else SHIPPED
    if effect.step == "set_order_status":
        return f"the order is {result.get('previous_status')} again"
    return None
