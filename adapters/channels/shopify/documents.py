"""The GraphQL documents for Shopify; a test validates them against the schema.

The fields of one page cost at most 1,000 points, Shopify's maximum for one call.
"""

from dataclasses import dataclass

MAX_FULFILLMENTS = 100
"""`order.fulfillments` is a list without pages: an order with this many may have more."""


@dataclass(frozen=True, slots=True)
class Document:
    """One GraphQL operation: its text, and its root field."""

    name: str
    root: str
    text: str

    @property
    def changes(self) -> bool:
        return self.text.startswith("mutation")


_LINES = """pageInfo { hasNextPage endCursor }
  nodes { id sku remainingQuantity lineItem { id } }"""

ORDER = Document(
    "OrderToFulfill",
    "order",
    f"""query OrderToFulfill($id: ID!, $after: String) {{
  order(id: $id) {{
    id
    cancelledAt
    displayFinancialStatus
    fulfillmentOrders(first: 8, after: $after) {{
      pageInfo {{ hasNextPage endCursor }}
      nodes {{
        id
        status
        assignedLocation {{ name address1 city zip countryCode }}
        supportedActions {{ action }}
        lineItems(first: 40) {{
          {_LINES}
        }}
      }}
    }}
  }}
}}""",
)
"""The fulfillment orders of an order, with their first line items."""

MORE_LINES = Document(
    "MoreLines",
    "fulfillmentOrder",
    f"""query MoreLines($id: ID!, $after: String) {{
  fulfillmentOrder(id: $id) {{
    id
    lineItems(first: 200, after: $after) {{
      {_LINES}
    }}
  }}
}}""",
)
"""Further line items of one fulfillment order."""

_FULFILLMENT = "id status createdAt trackingInfo(first: 5) { number }"

CREATE = Document(
    "PushFulfillment",
    "fulfillmentCreate",
    f"""mutation PushFulfillment($fulfillment: FulfillmentInput!) {{
  fulfillmentCreate(fulfillment: $fulfillment) {{
    fulfillment {{ {_FULFILLMENT} }}
    userErrors {{ field message }}
  }}
}}""",
)

CANCEL = Document(
    "CancelFulfillment",
    "fulfillmentCancel",
    """mutation CancelFulfillment($id: ID!) {
  fulfillmentCancel(id: $id) {
    fulfillment { id status }
    userErrors { field message }
  }
}""",
)

PUSHED = Document(
    "PushedFulfillments",
    "order",
    f"""query PushedFulfillments($id: ID!) {{
  order(id: $id) {{
    id
    fulfillments(first: {MAX_FULFILLMENTS}) {{ {_FULFILLMENT} }}
  }}
}}""",
)
"""All fulfillments of an order."""

FULFILLMENT = Document(
    "FulfillmentNow",
    "fulfillment",
    f"""query FulfillmentNow($id: ID!) {{
  fulfillment(id: $id) {{
    {_FULFILLMENT}
    displayStatus
    fulfillmentLineItems(first: 200) {{
      pageInfo {{ hasNextPage endCursor }}
      nodes {{ quantity lineItem {{ id sku }} }}
    }}
  }}
}}""",
)
"""One fulfillment with its line items."""

DOCUMENTS = (ORDER, MORE_LINES, CREATE, CANCEL, PUSHED, FULFILLMENT)
